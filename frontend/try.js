// Starts Swagger UI on /developers/try/; an external file, because the policy allows no inline script.
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");

// Swagger UI has a dark look of its own, switched by a class; it follows the console's theme.
function followTheme() {
  root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
}

window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    docExpansion: "none",
    persistAuthorization: false,
    presets: [window.SwaggerUIBundle.presets.apis],
    validatorUrl: null,
    // The page has its own <main>; a second landmark of this kind confuses screen readers.
    onComplete: () => place.querySelector("main")?.setAttribute("role", "group"),
  });
  followTheme();
  system.addEventListener("change", followTheme);
  new MutationObserver(followTheme).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
});
