// What the house style asks of a source file and no linter knows: `node scripts/checks/source-shape.mjs [root]`.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { listFiles } from "../lib/files.mjs";
import { report } from "../lib/report.mjs";

const root = process.argv[2] ?? ".";
const VAGUE_NAME = /^(?:utils?|helpers?|common|misc|shared|types)(?:[.-]|$)/u;
/** Our own file re-exported: only a package's public surface does that, its `src/index.ts` and the other entries of its manifest. */
const RE_EXPORT = /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+["']\.{1,2}\//mu;
const MUTABLE_AT_MODULE_LEVEL = /^(?:export\s+)?(?:let|var)\s+(\w+)/gmu;
const INHERITANCE = /^(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)(?:<[^{]*>)?\s+extends\s+([\w.]+)/gmu;
/** Module-level state that a decision record allows. */
const ALLOWED_STATE = new Set(["packages/sdk/src/register.ts"]);

const files = listFiles(root).filter((path) =>
  /^(?:packages|examples)\/[^/]+\/(?:src|test)\/.*\.[cm]?[jt]s$/u.test(path),
);
const entries = new Set(
  [...new Set(files.map((path) => path.split("/").slice(0, 2).join("/")))].flatMap((folder) => {
    const manifest = join(root, folder, "package.json");
    if (!existsSync(manifest)) return [];
    const { exports = {} } = JSON.parse(readFileSync(manifest, "utf8"));
    return Object.values(exports).flatMap((conditions) => {
      const source = conditions["@plumbline/source"];
      return source === undefined ? [] : [join(folder, source)];
    });
  }),
);
const problems = [];
for (const path of files) {
  const text = readFileSync(join(root, path), "utf8");
  const isSource = /^(?:packages|examples)\/[^/]+\/src\//u.test(path);
  const isSurface = /^(?:packages|examples)\/[^/]+\/src\/index\.ts$/u.test(path);

  if (VAGUE_NAME.test(basename(path))) problems.push(`${path}: the name does not say what the file holds`);
  if (basename(path) === "index.ts" && !isSurface) problems.push(`${path}: no barrels but each package's src/index.ts`);
  if (!isSource) continue;
  if (!isSurface && !entries.has(path) && RE_EXPORT.test(text))
    problems.push(`${path}: re-exports another file; only src/index.ts and the manifest's entries do that`);
  if (!ALLOWED_STATE.has(path)) {
    for (const [, name] of text.matchAll(MUTABLE_AT_MODULE_LEVEL))
      problems.push(`${path}: ${name} is mutable state at module level`);
  }
  for (const [, name, base] of text.matchAll(INHERITANCE)) {
    if (!base.endsWith("Error")) problems.push(`${path}: ${name} extends ${base}; only errors inherit`);
  }
}
report(`${files.length} source files`, problems);
