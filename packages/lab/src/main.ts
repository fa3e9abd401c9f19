import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { describe, summarise, toMarkdown } from "./report.ts";
import { runLab } from "./run-lab.ts";
import { SCENARIOS } from "./scenarios.ts";
import { failureOf } from "./verdict.ts";
import { createWorkshop } from "./workshop.ts";
import { writePage } from "./write-page.ts";

const USAGE = `npm run test:chaos -- [options]

  --seed N          repeats the choices of a run (random); it is printed at the beginning
  --long            thousands of runs, instead of tens in a minute or two
  --minutes N       how long it may take (2, and 60 with --long): after that nothing more begins, and what was left out is named
  --scenario TEXT   only scenarios whose name holds the text
  --sink TEXT       only sinks whose name holds the text
  --lanes N         cells at a time (2 at most, by the number of cores)
  --keep            leaves the files of every run in place, and says where
  --docs            writes the table into docs/reference/chaos.md`;

const REPORT = new URL("../../../reports/chaos.json", import.meta.url);
const PAGE = new URL("../../../docs/reference/chaos.md", import.meta.url);
const MINUTES = { short: 2, long: 60 } as const;
const MS_PER_MINUTE = 60_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      long: { type: "boolean", default: false },
      minutes: { type: "string" },
      scenario: { type: "string", default: "" },
      sink: { type: "string", default: "" },
      lanes: { type: "string", default: String(Math.min(2, availableParallelism())) },
      keep: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const length = values.long ? "long" : "short";
  const minutes = values.minutes === undefined ? MINUTES[length] : Number(values.minutes);
  const scenarios = SCENARIOS.filter(({ id }) => id.includes(values.scenario)).map((scenario) => ({
    ...scenario,
    entries: scenario.entries.filter(({ contender }) => contender.includes(values.sink)),
  }));
  if (!Number.isSafeInteger(seed) || !(minutes > 0) || scenarios.every(({ entries }) => entries.length === 0)) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  process.stdout.write(`seed ${seed}\n`);
  const started = performance.now();
  const { cells, skipped } = await runLab(scenarios, {
    lab: { seed, length, workshop: createWorkshop({ keep: values.keep }) },
    lanes: Number(values.lanes),
    budgetMs: minutes * MS_PER_MINUTE,
    onTurn(label, cell, milliseconds) {
      const verdict = "skipped" in cell ? `skipped: ${cell.skipped}` : (failureOf(cell) ?? "done");
      process.stdout.write(`${(milliseconds / 1000).toFixed(1).padStart(6)} s  ${label}: ${verdict}\n`);
    },
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  const report = summarise({ seed, length, seconds }, cells, skipped);
  const table = toMarkdown(cells);
  process.stdout.write(`\n${describe(report)}\n\n${table}\n\n`);
  for (const each of skipped) process.stdout.write(`skipped: ${each}\n`);
  for (const cell of cells) {
    const failure = failureOf(cell);
    if (failure !== undefined) process.stdout.write(`FAILED: ${cell.scenario} · ${cell.contender}: ${failure}\n`);
  }
  await mkdir(new URL(".", REPORT), { recursive: true });
  await writeFile(REPORT, `${JSON.stringify(report, undefined, 2)}\n`);
  if (values.docs) await writePage(PAGE, SCENARIOS, report);
  process.stdout.write(
    `chaos: ${report.passed} passed, ${report.failed} failed, ${skipped.length} skipped; repeat with --seed ${seed}\n`,
  );
  if (report.failed > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
