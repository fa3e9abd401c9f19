// The long forms of the hand-off's suites, one after the other, and what they counted: `npm run test:handoff` writes docs/reference/handoff-runs.md.
// `-- --runs 20 --kills 8` for a shorter one, which writes nothing. Real servers are fetched as `npm run test:interop` does.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "./docs/markdown-table.mjs";

const root = resolve(import.meta.dirname, "..");
const page = join(root, "docs/reference/handoff-runs.md");
const OPEN = "<!-- runs -->";
const CLOSE = "<!-- /runs -->";
const LONG = { runs: "200", kills: "100" };

const { values } = parseArgs({ options: { runs: { type: "string" }, kills: { type: "string" } } });
const { runs = LONG.runs, kills = LONG.kills } = values;
const folder = mkdtempSync(join(tmpdir(), "plumbline-handoff-runs-"));
const record = join(folder, "record.jsonl");
writeFileSync(record, "");
const env = {
  ...process.env,
  PLUMBLINE_HANDOFF_RUNS: runs,
  PLUMBLINE_HANDOFF_KILLS: kills,
  PLUMBLINE_HANDOFF_RECORD: record,
};
const startedMs = Date.now();
const vitest = ["observers.test.ts", "kill.process.test.ts", "receiver.process.test.ts"];
const suites = [
  ["npx", "vitest", "run", ...vitest.map((name) => `packages/handoff/test/${name}`)],
  ["node", "scripts/interop.mjs", "openssh"],
  ["node", "scripts/interop.mjs", "s3.test"],
];
const failed = suites.filter(
  ([program, ...args]) => spawnSync(program, args, { cwd: root, env, stdio: "inherit" }).status !== 0,
);
const rows = readFileSync(record, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));
rmSync(folder, { recursive: true });
const seconds = Math.round((Date.now() - startedMs) / 1000);
const made = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.split(" ").slice(0, 2).join(" ")}: ${runs} hand-offs each, ${kills} kills, in ${seconds} s.`;
const table = markdownTable(
  ["far side", "way", "who looks, or what was done", "files", "not whole, twice or lost"],
  rows.map(({ where, way, observer, seen, wrong }) => [where, way, observer, String(seen), String(wrong)]),
);
console.log(`\n${made}\n\n${table}`);
if (failed.length > 0) {
  console.error(`failed: ${failed.map((command) => command.join(" ")).join(", ")}`);
  process.exitCode = 1;
} else if (runs === LONG.runs && kills === LONG.kills) {
  const [before, after] = [OPEN, CLOSE].map((mark) => readFileSync(page, "utf8").indexOf(mark));
  const text = readFileSync(page, "utf8");
  if (before < 0 || after < before) throw new Error(`${page} has no part marked ${OPEN} … ${CLOSE}`);
  writeFileSync(page, `${text.slice(0, before + OPEN.length)}\n\n${made}\n\n${table}\n\n${text.slice(after)}`);
}
