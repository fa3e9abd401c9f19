import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "./contender.ts";
import { EMIT_CONTENDERS } from "./emit.ts";
import { countLines, inspect } from "./oracle.ts";
import type { Corruption } from "./oracle.ts";
import { requestAttributes } from "./payload.ts";

/** One run of one contender in a process of its own. */
export interface RunRequest {
  readonly contender: number;
  readonly events: number;
  readonly warmUp: number;
  /** Events logged between two turns of the event loop. */
  readonly burst: number;
  readonly noteLength: number;
}

/** What it measured. Times end when every line can be read back from the file, not when the last call returned. */
export interface RunResult extends Corruption {
  readonly nanosPerEvent: number;
  readonly cpuNanosPerEvent: number;
  /** Time inside the calls alone. */
  readonly callNanosPerEvent: number;
  readonly rssMiB: number;
}

const MAX_WAIT_MS = 5_000;

async function run(contender: Contender, request: RunRequest, directory: string): Promise<RunResult> {
  await logAll(contender, join(directory, "warm-up.jsonl"), request.warmUp, request);
  const path = join(directory, "measured.jsonl");
  const cpuBefore = process.cpuUsage();
  const { nanos, callNanos } = await logAll(contender, path, request.events, request);
  const cpu = process.cpuUsage(cpuBefore);
  const rssMiB = process.memoryUsage.rss() / 1024 / 1024;
  return {
    nanosPerEvent: nanos / request.events,
    callNanosPerEvent: callNanos / request.events,
    cpuNanosPerEvent: ((cpu.user + cpu.system) * 1000) / request.events,
    rssMiB,
    ...inspect(path, request.events),
  };
}

async function logAll(
  contender: Contender,
  path: string,
  events: number,
  request: RunRequest,
): Promise<{ readonly nanos: number; readonly callNanos: number }> {
  const logger = await contender.open(path);
  const inputs = Array.from({ length: events }, (_, index) => requestAttributes(index, request.noteLength));
  let calls = 0n;
  const started = process.hrtime.bigint();
  for (let next = 0; next < events;) {
    const burstStarted = process.hrtime.bigint();
    const end = Math.min(next + request.burst, events);
    for (; next < end; next++) {
      const input = inputs[next];
      if (input !== undefined) logger.log(input);
    }
    calls += process.hrtime.bigint() - burstStarted;
    await turn();
  }
  await logger.close();
  let ended = process.hrtime.bigint();
  // A logger may say it is closed before its lines are in the file: what counts is when they can be read.
  for (let waited = 0; countLines(path) < events && waited < MAX_WAIT_MS; waited += 5) {
    await sleep(5);
    ended = process.hrtime.bigint();
  }
  return { nanos: Number(ended - started), callNanos: Number(calls) };
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? "{}") as RunRequest;
  const contender = EMIT_CONTENDERS[request.contender];
  if (contender === undefined) throw new Error(`there is no contender ${request.contender}`);
  const directory = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  try {
    process.send?.(await run(contender, request, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
    process.disconnect?.();
  }
}

void main();
