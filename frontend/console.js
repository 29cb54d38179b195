// The console's own behaviour. Everything basic works without it; custom elements start by themselves when htmx inserts them.

const YEAR_S = 31536000;

// Chooses light, dark or the system's mode; the server renders the choice from the cookie on the next page, so nothing flashes.
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-theme]");
      if (button) this.choose(button.dataset.theme);
    });
    this.show(document.documentElement.dataset.theme ?? "auto");
  }

  choose(theme) {
    const root = document.documentElement;
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
    this.show(theme);
  }

  show(theme) {
    for (const button of this.querySelectorAll("button[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === theme));
    }
  }
}

// Copies the text of the element that `for` names, and says so.
class CopyButton extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    const word = button.querySelector("[data-word]");
    const before = word.textContent;
    button.addEventListener("click", async () => {
      const source = document.getElementById(this.getAttribute("for"));
      await navigator.clipboard.writeText(source.textContent.trim());
      word.textContent = "Copied";
      announce("Copied to the clipboard.");
      setTimeout(() => { word.textContent = before; }, 2000);
    });
  }
}

// Shows a moment in the reader's own time zone; the title keeps the full moment in UTC.
class LocalTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    if (!time || this.dataset.done) return;
    this.dataset.done = "yes";
    const moment = new Date(time.dateTime);
    const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
    if (moment.getFullYear() !== new Date().getFullYear()) options.year = "numeric";
    if (this.dataset.seconds) Object.assign(options, { second: "2-digit", year: "numeric" });
    time.title = `${moment.toISOString().replace("T", " ").slice(0, 19)} UTC`;
    time.textContent = new Intl.DateTimeFormat("en-GB", options).format(moment);
  }
}

// Ticks every row of the table that it heads.
class TickAll extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const box = this.querySelector("input");
    box.addEventListener("change", () => {
      for (const row of this.closest("table").querySelectorAll("tbody .tick input")) row.checked = box.checked;
    });
  }
}

// Opens the dialog that htmx put it into, unless that is open already; the content is a page of its own where there is no dialog.
class OpenDrawer extends HTMLElement {
  connectedCallback() {
    const drawer = this.closest("dialog");
    if (!drawer) return;
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
    this.querySelector("[data-close]").addEventListener("click", () => drawer.close());
  }
}

function announce(text) {
  const region = document.getElementById("announcement");
  if (region) region.textContent = text;
}

function isTyping(element) {
  return element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);
}

// `/` goes to the page's search field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const search = document.querySelector("input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// After a table was filtered or paged, its count is spoken.
document.addEventListener("htmx:after:swap", () => {
  const count = document.querySelector("[data-announce]");
  if (count) announce(count.textContent.trim());
});

// A click beside a drawer closes it; Escape does by itself.
document.addEventListener("click", (event) => {
  if (event.target instanceof HTMLDialogElement && event.target.classList.contains("drawer")) event.target.close();
});

// A list that grows for as long as the page is open keeps its newest items.
document.addEventListener("htmx:after:swap", () => {
  for (const list of document.querySelectorAll("[data-most]")) {
    while (list.children.length > Number(list.dataset.most)) list.lastElementChild.remove();
  }
});

customElements.define("open-drawer", OpenDrawer);
customElements.define("tick-all", TickAll);
customElements.define("theme-switch", ThemeSwitch);
customElements.define("copy-button", CopyButton);
customElements.define("local-time", LocalTime);
