import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { EMIT_CONTENDERS } from "./emit.ts";
import { describe, summarise, toMarkdown } from "./report.ts";
import { runRounds } from "./run-rounds.ts";
import { writeSection } from "./write-docs.ts";

const USAGE = `npm run bench -- NAME [options]

  emit              emit → file, beside pino, winston, LogTape and the floor

  --rounds N        rounds, each contender once in each (10)
  --events N        events a run (40000)
  --note-length N   characters of the free-text attribute (60)
  --burst N         events between two turns of the event loop (64)
  --docs            also write the table into docs/benchmarks.md`;

const DOCS = new URL("../../../docs/benchmarks.md", import.meta.url);
const RESULTS = new URL("../../../reports/", import.meta.url);

async function emit(values: {
  rounds: string;
  events: string;
  "note-length": string;
  burst: string;
  docs: boolean;
}): Promise<void> {
  const events = Number(values.events);
  const request = {
    events,
    warmUp: Math.ceil(events / 2),
    burst: Number(values.burst),
    noteLength: Number(values["note-length"]),
  };
  const results = await runRounds(EMIT_CONTENDERS.length, Number(values.rounds), request, (done, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${of} runs`);
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  const report = summarise("emit", EMIT_CONTENDERS, request, results);
  const table = toMarkdown(report);
  process.stdout.write(`${describe(report)}\n\n${table}\n`);
  await mkdir(RESULTS, { recursive: true });
  const json = new URL("bench-emit.json", RESULTS);
  await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`\nwritten: ${json.pathname}\n`);
  if (values.docs) await writeSection(DOCS, "emit", `${describe(report)}\n\n${table}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "10" },
      events: { type: "string", default: "40000" },
      "note-length": { type: "string", default: "60" },
      burst: { type: "string", default: "64" },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (positionals[0] !== "emit" || values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  await emit(values);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
