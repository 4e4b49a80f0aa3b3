// Builds ../theme.css and ../theme-rtl.css from theme.scss, copies the script of the components and the file that
// the browser tests need. Run: npm install && npm run build. The results are committed, so serving needs no Node.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import rtlcss from "rtlcss";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const out = join(here, "..");

const { css } = sass.compile(join(here, "theme.scss"), {
  loadPaths: [modules],
  style: "compressed",
  quietDeps: true,
});
for (const forbidden of ["GDS Transport", "crest", "crown"]) {
  if (css.includes(forbidden)) throw new Error(`the stylesheet must not hold '${forbidden}'`);
}
writeFileSync(join(out, "theme.css"), css + "\n");
writeFileSync(join(out, "theme-rtl.css"), rtlcss.process(css) + "\n");
const script = readFileSync(join(modules, "govuk-frontend/dist/govuk/govuk-frontend.min.js"), "utf8");
writeFileSync(join(out, "govuk-frontend.min.js"), script.replace(/\/\/# sourceMappingURL=.*\n?$/, "\n"));
copyFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  join(out, "../../tests/browser/axe.min.js"),
);
