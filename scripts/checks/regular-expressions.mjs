// Every regular expression of every package's sources is shown to be linear by `recheck`: `node scripts/checks/regular-expressions.mjs [root]`. Anything that
// it does not call safe fails. Those that it calls safe only because fuzzing found nothing stand below, each with the reason why it is.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "recheck";
import { parseAst } from "vitest/node";
import { listFiles } from "../lib/files.mjs";
import { report } from "../lib/report.mjs";

const root = process.argv[2] ?? ".";
const SOURCE = /^(?:packages|examples)\/[^/]+\/(?:src|bin)\/.+\.(?:ts|mts|js|mjs)$/u;

const ONE_CLASS =
  "anchored at both ends, and every sign of the text is taken by one part alone: there is one way to read it, of bounded length";

/** Safe by fuzzing alone, and why they are: the expression as it stands in the source, and the argument. */
const ARGUED = new Map([
  ["/.{1,64}/g", "one class, taken greedily and never given back: each match begins where the last one ended"],
  [
    String.raw`/^(?:Uncaught )?([A-Za-z_$][\w.$]{0,127})(?:: ([^\n]*))?\n\s+at /`,
    "anchored at the beginning; a name of at most 128 signs ends at `:` or a line end, the message at the line's end, the blanks at `at`: no sign may belong to two parts, but for line ends among the blanks, of which the first is fixed",
  ],
  ["/^[A-Z][A-Z0-9_]{1,63}$/", ONE_CLASS],
  ["/^[A-Za-z][A-Za-z0-9]{0,63}$/", ONE_CLASS],
  ["/^[0-9a-f]{32}$/", ONE_CLASS],
  ["/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/", ONE_CLASS],
  ["/^-?(?:0|[1-9][0-9]{0,4095})$/", ONE_CLASS],
  ["/^[A-Za-z0-9_.-]{1,128}$/", ONE_CLASS],
  ["/^[A-Za-z0-9._*?-]{1,253}$/", ONE_CLASS],
  [String.raw`/^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})-[0-9a-f]{8}$/`, ONE_CLASS],
  [
    String.raw`/^\\?([0-9a-f]{64})(?![0-9a-f])/i`,
    "anchored at the beginning, and all of a fixed length: it reads 66 signs at most",
  ],
  ["/^[A-Za-z][A-Za-z0-9_-]{0,63}$/", ONE_CLASS],
  [String.raw`/^[0-9a-f]{32}\.json$/`, ONE_CLASS],
  ["/^[A-Za-z0-9][A-Za-z0-9.:_/-]{1,254}$/", ONE_CLASS],
  ["/^SHA256:[A-Za-z0-9+/]{43}=?$/", ONE_CLASS],
  ["/^[A-Za-z0-9-]{1,40}$/", ONE_CLASS],
  ["/^[0-9a-f]{64}$/", ONE_CLASS],
  [String.raw`/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/`, ONE_CLASS],
  [
    String.raw`/^\\?([0-9a-f]{64})(?:\s|$)/i`,
    "anchored at the beginning, and all of a fixed length: it reads 66 signs at most",
  ],
]);

const problems = [];
const byMethod = new Map();
const used = new Set();
let count = 0;
for (const path of listFiles(root).filter((file) => SOURCE.test(file))) {
  for (const { pattern, flags, raw } of regularExpressions(readFileSync(join(root, path), "utf8"))) {
    count += 1;
    if (pattern === undefined) {
      problems.push(`${path}: ${raw} is made at run time, which nothing can show to be linear; write it as a literal`);
      continue;
    }
    // Not `checkSync`: between two calls it may be woken once too often, and then finds no answer.
    const { status, checker, complexity } = await check(pattern, flags, { timeout: 20_000, randomSeed: 7 });
    byMethod.set(`${status} by ${checker}`, (byMethod.get(`${status} by ${checker}`) ?? 0) + 1);
    if (status !== "safe") problems.push(`${path}: ${raw} is ${status}${complexity ? ` (${complexity.summary})` : ""}`);
    else if (checker === "fuzz" && !ARGUED.has(raw))
      problems.push(`${path}: ${raw} is safe by fuzzing alone: argue it in scripts/checks/regular-expressions.mjs`);
    used.add(raw);
  }
}
for (const raw of ARGUED.keys())
  if (root === "." && !used.has(raw)) problems.push(`argued, but nowhere any more: ${raw}`);
for (const [raw, why] of ARGUED) console.log(`safe by fuzzing: ${raw}: ${why}`);
report(
  `${count} regular expressions (${[...byMethod].map(([method, many]) => `${many} ${method}`).join(", ")})`,
  problems,
);

/** The regular expressions in a source: literals, and what is made of text at run time (`pattern` is then undefined). */
function regularExpressions(source) {
  const found = [];
  const walk = (node) => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) return node.forEach(walk);
    if (node.type === "Literal" && node.regex) found.push({ ...node.regex, raw: node.raw });
    const isMade = (node.type === "NewExpression" || node.type === "CallExpression") && node.callee?.name === "RegExp";
    if (isMade) found.push({ raw: source.slice(node.start, node.end) });
    Object.values(node).forEach(walk);
  };
  walk(parseAst(source, { lang: "ts" }));
  return found;
}
