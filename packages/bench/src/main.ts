import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { BENCHES } from "./benches.ts";
import { cellId, type Bench, type BenchReport } from "./frame/bench.ts";
import { describeLoad, describeMachine } from "./frame/machine.ts";
import { runRounds } from "./frame/run-rounds.ts";
import { textTable } from "./frame/table.ts";
import { targetRows } from "./frame/target.ts";
import { writeSection } from "./frame/write-section.ts";

const USAGE = `npm run bench -- NAME [options]

${BENCHES.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join("\n")}

  --rounds N        rounds, each cell once in each (10)
  --only TEXT       only cells whose "group: name" contains the text; may be repeated
  --scale N         part of the work that each cell does (1)
  --node=OPTION     an option of Node for every cell's process, such as --node=--cpu-prof; may be repeated
  --list            says which cells there are
  --docs            also writes tables into docs/benchmarks.md and pictures into docs/pictures`;

const DOCS = new URL("../../../docs/benchmarks.md", import.meta.url);
const PICTURES = new URL("../../../docs/pictures/", import.meta.url);
const RESULTS = new URL("../../../reports/", import.meta.url);

/** A median of fewer says little on a machine that has neighbours. */
const DEFAULT_ROUNDS = 10;

interface RunOptions {
  readonly rounds: number;
  readonly scale: number;
  readonly only: readonly string[];
  readonly nodeOptions: readonly string[];
  readonly docs: boolean;
}

async function run(bench: Bench, { rounds, scale, only, nodeOptions, docs }: RunOptions): Promise<void> {
  const cells = selected(bench, only);
  if (cells.length === 0) throw new Error(`no cell of ${bench.name} matches; --list says which there are`);
  const load = describeLoad();
  const started = performance.now();
  const results = await runRounds({
    bench: bench.name,
    cells,
    rounds,
    scale,
    nodeOptions,
    progress(done, of, cell): void {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${done + 1}/${of} ${cell}`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  const minutes = (performance.now() - started) / 60_000;
  const report = bench.report(results);
  const targets = only.length === 0 ? report.targets : report.targets.filter(({ value }) => !Number.isNaN(value));
  const text = toMarkdown(
    { ...report, targets },
    `${describeMachine()}: ${rounds} interleaved rounds, ${minutes.toFixed(1)} minutes, ${load}.`,
  );
  process.stdout.write(`${text}\n`);
  await mkdir(RESULTS, { recursive: true });
  // A part must not take the place of a whole run's figures.
  const part = only.length === 0 && scale === 1 ? "" : ".part";
  const json = new URL(`bench-${bench.name}${part}.json`, RESULTS);
  const facts = {
    bench: bench.name,
    machine: describeMachine(),
    load,
    rounds,
    scale,
    targets: report.targets,
    results,
  };
  await writeFile(json, `${JSON.stringify(facts, undefined, 2)}\n`);
  process.stdout.write(`\nwritten: ${json.pathname}\n`);
  for (const { file, svg } of report.pictures) await writeFile(new URL(file, docs ? PICTURES : RESULTS), svg);
  if (docs) await writeSection(DOCS, bench.name, text);
}

function selected(bench: Bench, only: readonly string[]): Bench["cells"] {
  return bench.cells.filter(
    (cell) => only.length === 0 || only.some((text) => cellId(cell).toLowerCase().includes(text.toLowerCase())),
  );
}

function toMarkdown({ markdown, targets }: BenchReport, machine: string): string {
  const reached = textTable(["target", "wanted", "measured", ""], targetRows(targets));
  return targets.length === 0 ? `${machine}\n\n${markdown}` : `${machine}\n\n${reached}\n\n${markdown}`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      scale: { type: "string", default: "1" },
      only: { type: "string", multiple: true, default: [] },
      node: { type: "string", multiple: true, default: [] },
      list: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const bench = BENCHES.find(({ name }) => name === positionals[0]);
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
  const scale = Number(values.scale);
  if (bench === undefined || values.help || !Number.isInteger(rounds) || rounds < 1 || !(scale > 0)) {
    process.stdout.write(`${USAGE}\n`);
    process.exitCode = values.help ? 0 : 2;
  } else if (values.list) {
    for (const cell of selected(bench, values.only)) process.stdout.write(`${cellId(cell)}\n`);
  } else {
    await run(bench, { rounds, scale, only: values.only, nodeOptions: values.node, docs: values.docs });
  }
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error; // whoever read it, as `head` does, has seen enough: figures go into their file all the same
});

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
