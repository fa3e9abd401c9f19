import {
  createLineWriter,
  createPipeline,
  createPluginInstance,
  createSystemClock,
  DEFAULT_LIMITS,
  parsePluginOptions,
  type DropReason,
  type PluginContext,
} from "@plumbline/core";
import { openFarSide } from "./far-side.ts";
import { webhook } from "./index.ts";

/**
 * The sink in a pipeline, against a webhook that is busy, broken and picky by turns. In the end every event must be
 * accounted for, and what the webhook took must be what the pipeline says was delivered. Exits with 1 if it is not.
 */
async function main(): Promise<number> {
  const EVENTS = 500;
  const farSide = await openFarSide();
  farSide.answer(
    { status: 503, headers: { "retry-after": "0" } },
    { status: 429, headers: { "retry-after": "0" } },
    { rejects: 1, status: 200 },
    { status: 400 },
    { status: 500 },
  );
  const clock = createSystemClock();
  const silent = (): void => undefined;
  const diagnostics = { error: silent, warn: silent, info: silent, debug: silent, verbose: silent };
  const abort = new AbortController();
  const context: PluginContext = {
    name: "alerts",
    clock,
    diagnostics,
    resource: {},
    dataDir: undefined,
    baseDir: process.cwd(),
    journal: undefined,
    signal: abort.signal,
  };
  const options = await parsePluginOptions(webhook, { url: farSide.url, timeoutMs: 5000 });
  const sink = createPluginInstance(webhook, options, context);
  const pipeline = createPipeline({
    clock,
    diagnostics,
    writer: createLineWriter({
      clock,
      limits: DEFAULT_LIMITS,
      redactor: undefined,
      resource: { "service.name": "demo" },
    }),
    processors: [],
    outputs: [
      { name: "alerts", sink, abort, batch: { maxCount: 50, maxDelayMs: 5 }, retry: { initialMs: 1, maxMs: 5 } },
    ],
  });
  for (let event = 0; event < EVENTS; event++) {
    pipeline.emit({ name: "order.placed", severity: "INFO", attributes: { number: event } });
  }
  await pipeline.close({ timeoutMs: 20_000 });
  await farSide.close();

  const account = pipeline.report().outputs.find((output) => output.name === "alerts");
  const dropped = (reason: DropReason): number => account?.dropped[reason] ?? 0;
  const rows: readonly (readonly [what: string, is: number | undefined, mustBe: number])[] = [
    ["accepted", account?.accepted, EVENTS],
    ["delivered", account?.delivered, EVENTS - 1 - 50],
    ["dropped: rejected by the webhook", dropped("rejected"), 1],
    ["dropped: refused with 400", dropped("WEBHOOK_REFUSED"), 50],
    ["still queued or in flight", (account?.queued ?? 0) + (account?.inFlight ?? 0), 0],
    ["lines that the webhook holds", farSide.lines.length, EVENTS - 1 - 50],
    ["of them different from each other", new Set(farSide.lines).size, EVENTS - 1 - 50],
  ];
  let isRight = true;
  for (const [what, is, mustBe] of rows) {
    const verdict = is === mustBe ? "ok" : `must be ${mustBe}`;
    isRight &&= is === mustBe;
    process.stdout.write(`${what.padEnd(36)} ${String(is ?? "none").padStart(5)}  ${verdict}\n`);
  }
  return isRight ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
