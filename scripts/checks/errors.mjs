// Every code that is raised is catalogued, every catalogued code is raised, and every page names only codes that exist:
// `node scripts/checks/errors.mjs [root]`, after a build. That `docs/reference/errors.md` holds the catalogue, `generate-docs.mjs --check` knows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE_SOURCE, loadCatalogues } from "../lib/error-catalogues.mjs";
import { listFiles } from "../lib/files.mjs";
import { report } from "../lib/report.mjs";

const root = process.argv[2] ?? ".";
const CODE = /\bPLB_[A-Z0-9_]*[A-Z0-9]\b/gu;

const problems = [];
const catalogued = new Map();
for (const { packageFolder, entries } of await loadCatalogues(root)) {
  for (const [code, entry] of entries) {
    const elsewhere = catalogued.get(code);
    if (elsewhere !== undefined) problems.push(`${code}: in the catalogues of both ${elsewhere} and ${packageFolder}`);
    catalogued.set(code, packageFolder);
    for (const part of ["summary", "why", "mend"]) {
      if (typeof entry[part] !== "string" || entry[part].trim() === "") problems.push(`${code}: its ${part} is empty`);
      // Whoever reads it has the packages, and not this repository.
      else if (entry[part].includes("docs/")) problems.push(`${code}: its ${part} names a page that no package ships`);
    }
  }
}

const raised = new Set();
for (const path of listFiles(root)) {
  const isSource = /^packages\/[^/]+\/src\/.*\.ts$/u.test(path) && !path.endsWith(`/${CATALOGUE_SOURCE}`);
  const isPage = path.endsWith(".md") && !path.endsWith("CHANGELOG.md") && !path.startsWith(".changeset/");
  if (!isSource && !isPage) continue;
  for (const [code] of readFileSync(join(root, path), "utf8").matchAll(CODE)) {
    if (isSource) raised.add(code);
    if (!catalogued.has(code)) problems.push(`${path}: ${code} is in no catalogue`);
  }
}
for (const [code, packageFolder] of catalogued) {
  if (!raised.has(code)) problems.push(`${packageFolder}/${CATALOGUE_SOURCE}: ${code} is raised nowhere`);
}
report(`${catalogued.size} error codes`, problems);
