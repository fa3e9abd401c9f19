// What must not stand in any file of the project: addresses of a package registry, download addresses in the lock, paths of somebody's
// machine: `node scripts/checks/text.mjs [root]`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../lib/files.mjs";
import { report } from "../lib/report.mjs";

const root = process.argv[2] ?? ".";
/** Written with a class of one letter, so that this file does not hold what it looks for. */
const FORBIDDEN = [
  {
    what: "the address of a package registry",
    pattern: /registr[y]\.(?:npmjs|yarnpkg)\.[a-z]+|npm\.pkg\.githu[b]\.com/u,
  },
  { what: "a path of one machine", pattern: /(?<![\w.])\/(?:hom[e]|User[s]|roo[t]|wor[k])\/[\w.-]+/u },
  { what: "a path of one machine", pattern: /[A-Z]:\\User[s]\\/u },
];
const LOCK_ADDRESS = /"resolve[d]":\s*"(?:https?|git|file)[:+]/u;
const BINARY = /\.(?:png|gz|tgz|ico|woff2?)$/u;

const files = listFiles(root).filter((path) => !BINARY.test(path));
const problems = [];
for (const path of files) {
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    for (const { what, pattern } of FORBIDDEN) {
      if (pattern.test(line)) problems.push(`${path}:${index + 1}: ${what}`);
    }
    if (path.endsWith("package-lock.json") && LOCK_ADDRESS.test(line)) {
      problems.push(`${path}:${index + 1}: a download address; keep omit-lockfile-registry-resolved in .npmrc`);
    }
  }
}
report(`${files.length} files of text`, problems);
