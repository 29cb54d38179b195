// Builds console/static/console/dist, or the folder named as the first argument: the stylesheet, htmx, our script, the font.
// The result depends on the sources and the lock file only, so that scripts/check-assets can compare it byte by byte.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "../console/static/console/dist"));
const modules = join(here, "node_modules");

const copies = {
  "console.js": join(here, "console.js"),
  "try.js": join(here, "try.js"),
  "passkey.js": join(here, "passkey.js"),
  "mark.svg": join(here, "mark.svg"),
  "inter-latin.woff2": join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
  "inter-LICENSE.txt": join(modules, "@fontsource-variable/inter/LICENSE"),
};

// A source map that is named but not shipped stops collectstatic, hence the comment at the end of the file goes.
function withoutSourceMap(path) {
  return readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const built = spawnSync(
  process.execPath,
  [join(modules, "@tailwindcss/cli/dist/index.mjs"), "--input", "app.css", "--output", join(target, "console.css"), "--minify"],
  { cwd: here, stdio: ["ignore", "ignore", "inherit"] },
);
if (built.status !== 0) process.exit(built.status ?? 1);
writeFileSync(join(target, "htmx.js"), withoutSourceMap(join(modules, "htmx.org/dist/htmx.min.js")));
for (const [name, source] of Object.entries(copies)) copyFileSync(source, join(target, name));
