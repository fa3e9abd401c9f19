// The long forms of the hand-off's suites, one after the other; each that passes writes what it counted into its part of docs/reference/handoff-runs.md:
// `npm run test:handoff`, `-- --only s3` for one. `-- --runs 20 --kills 8` makes them shorter and writes nothing. Real servers are fetched as `npm run test:interop` does.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "./docs/markdown-table.mjs";

const root = resolve(import.meta.dirname, "..");
const page = join(root, "docs/reference/handoff-runs.md");
const LONG = { runs: "200", kills: "100" };
const IN_A_FOLDER = ["observers.test.ts", "kill.process.test.ts", "receiver.process.test.ts"];
const SUITES = {
  folder: ["npx", "vitest", "run", ...IN_A_FOLDER.map((name) => `packages/handoff/test/${name}`)],
  openssh: ["node", "scripts/interop.mjs", "openssh"],
  s3: ["node", "scripts/interop.mjs", "s3.test"],
};

const { values } = parseArgs({
  options: { runs: { type: "string" }, kills: { type: "string" }, only: { type: "string" } },
});
const { runs = LONG.runs, kills = LONG.kills, only } = values;
if (only !== undefined && !(only in SUITES)) throw new Error(`--only is one of ${Object.keys(SUITES).join(", ")}`);
const folder = mkdtempSync(join(tmpdir(), "plumbline-handoff-runs-"));
for (const [name, command] of Object.entries(SUITES)) {
  if (only === undefined || only === name) tell(name, command);
}
rmSync(folder, { recursive: true });

function tell(name, [program, ...args]) {
  const record = join(folder, `${name}.jsonl`);
  writeFileSync(record, "");
  const env = {
    ...process.env,
    PLUMBLINE_HANDOFF_RUNS: runs,
    PLUMBLINE_HANDOFF_KILLS: kills,
    PLUMBLINE_HANDOFF_RECORD: record,
  };
  const { status } = spawnSync(program, args, { cwd: root, env, stdio: "inherit" });
  const text = renderRuns(readFileSync(record, "utf8"));
  console.log(`\n${name}: ${text}`);
  if (status !== 0) {
    console.error(`failed: ${name}`);
    process.exitCode = 1;
  } else if (runs === LONG.runs && kills === LONG.kills) {
    writePart(name, text);
  }
}

/** When and where it was run, and a row for each line of a record. */
function renderRuns(record) {
  const rows = record
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .map(({ where, way, observer, seen, wrong }) => [where, way, observer, String(seen), String(wrong)]);
  const table = markdownTable(["far side", "way", "who looks, or what was done", "files", "not whole"], rows);
  const machine = `${cpus().length} × ${cpus()[0]?.model.split(" ").slice(0, 2).join(" ")}`;
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${machine}.\n\n${table}`;
}

function writePart(name, text) {
  const before = readFileSync(page, "utf8");
  const [open, close] = [`<!-- runs:${name} -->`, `<!-- /runs:${name} -->`];
  const [start, end] = [before.indexOf(open), before.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`${page} has no part marked ${open} … ${close}`);
  writeFileSync(page, `${before.slice(0, start + open.length)}\n\n${text}\n\n${before.slice(end)}`);
}
