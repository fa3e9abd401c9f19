// Writes the pages that are generated from code: `npm run docs`. With `--check` it writes nothing and fails where a page is out of date;
// `--only=PATH` looks at one page.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderCliPage } from "./docs/cli-page.mjs";
import { renderConfigPage, renderConfigSchema } from "./docs/config-page.mjs";
import { renderErrorsPage } from "./docs/errors-page.mjs";
import { renderMetricsPage } from "./docs/metrics-page.mjs";
import { renderPicture } from "./docs/picture.mjs";
import { renderRedactionPage } from "./docs/redaction-page.mjs";
import { README_PACKAGES, renderPackageReadme, renderRootReadme } from "./docs/readme-sections.mjs";
import { report } from "./lib/report.mjs";

/** A page a line: where it stands, and what renders it from the compiled packages. */
const PAGES = [
  { path: "README.md", render: renderRootReadme },
  ...README_PACKAGES.map((name) => ({
    path: `packages/${name}/README.md`,
    render: (root) => renderPackageReadme(root, name),
  })),
  { path: "docs/reference/cli.md", render: renderCliPage },
  { path: "docs/reference/config.md", render: renderConfigPage },
  { path: "packages/sdk/plumbline.schema.json", render: renderConfigSchema },
  { path: "docs/reference/errors.md", render: renderErrorsPage },
  { path: "docs/reference/metrics.md", render: renderMetricsPage },
  { path: "docs/reference/redaction.md", render: renderRedactionPage },
  { path: "docs/pictures/path.svg", render: (root) => renderPicture(root, "path") },
];

const checkOnly = process.argv.includes("--check");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
const pages = PAGES.filter(({ path }) => only === undefined || path === only);
const root = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? ".";

const problems = [];
for (const { path, render } of pages) {
  const wanted = await render(root);
  const target = join(root, path);
  if (existsSync(target) && readFileSync(target, "utf8") === wanted) continue;
  if (checkOnly) {
    problems.push(`${path}: not what the code says now; run npm run docs`);
  } else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, wanted);
    console.log(`wrote ${path}`);
  }
}
report(`${pages.length} generated pages`, problems);
