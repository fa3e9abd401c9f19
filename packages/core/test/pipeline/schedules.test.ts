import { expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import type { OutputOptions, QueuePolicy } from "../../src/pipeline/output-options.ts";
import type { PipelineConfiguration } from "../../src/pipeline/pipeline.ts";
import type { Processor } from "../../src/plugin/processor.ts";
import type { PartialRejection, Sink } from "../../src/plugin/sink.ts";
import type { SeverityNumber } from "../../src/severity.ts";
import { FakeClock, settlePromises } from "../fake-clock.ts";
import { expectAccounted, FakeDiagnostics, FakeJournal, FakeWriter } from "../fake-parts.ts";
import { createPipeline } from "../../src/pipeline/event-pipeline.ts";

/** PLUMBLINE_SEED runs one schedule alone, PLUMBLINE_SEEDS that many. */
const ONE_SEED = process.env["PLUMBLINE_SEED"];
const SEEDS = Number(process.env["PLUMBLINE_SEEDS"] ?? 60);
const STEPS = 80;

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Dice {
  readonly random: () => number;
  int(least: number, most: number): number;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  chance(probability: number): boolean;
}

function createDice(seed: number): Dice {
  const random = createRandom(seed);
  const int = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    int,
    pick: (values) => values[int(0, values.length - 1)] ?? values[0],
    chance: (probability) => random() < probability,
  };
}

interface Pending {
  readonly names: readonly string[];
  readonly settle: (how: "resolve" | "partial" | "retry" | "fail" | "nonsense") => void;
}

/** A sink that does everything a sink may and may not do, and watches how it is called. */
class WildSink implements Sink {
  readonly concurrency: number;
  readonly pending: Pending[] = [];
  readonly faults: string[] = [];
  /** Names in the order in which they were first handed over. */
  readonly first: string[] = [];
  readonly #seen = new Set<string>();
  /** Names whose delivery the sink itself has confirmed. */
  readonly confirmed = new Map<string, number>();
  /** Calls that are neither settled nor given up. */
  active = 0;
  isClosed = false;
  flush?: () => Promise<void>;
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.concurrency = dice.pick([1, 1, 1, 2, 3]);
    if (dice.chance(0.5)) this.flush = () => this.#flush();
  }

  write(
    batch: Parameters<Sink["write"]>[0],
    { signal }: Parameters<Sink["write"]>[1],
  ): Promise<void | PartialRejection> {
    if (this.isClosed) this.faults.push("write after close");
    this.active += 1;
    if (this.active > this.concurrency) this.faults.push(`${this.active} writes at once`);
    let isActive = true;
    const end = (): void => {
      if (isActive) this.active -= 1;
      isActive = false;
    };
    signal.addEventListener("abort", end);
    const names = batch.map(({ name }) => name ?? "");
    if (names.length === 0) this.faults.push("an empty batch");
    for (const name of names) {
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.first.push(name);
    }
    if (this.#dice.chance(0.05)) {
      end();
      throw new TypeError("thrown at once");
    }
    return new Promise((resolve, reject) => {
      const settle: Pending["settle"] = (how) => {
        end();
        if (how === "resolve") {
          for (const name of names) this.confirmed.set(name, (this.confirmed.get(name) ?? 0) + 1);
          resolve();
        } else if (how === "partial") resolve({ rejected: this.#dice.int(0, names.length), reason: "some" });
        else if (how === "nonsense")
          resolve(this.#dice.pick<unknown>([7, { rejected: -1 }, { rejected: names.length + 1 }, {}]) as never);
        else if (how === "fail") reject(Object.assign(new Error("x"), { code: this.#dice.pick(["EPIPE", "EIO"]) }));
        else
          reject(new RetryableError("later", this.#dice.chance(0.5) ? {} : { retryAfterMs: this.#dice.int(0, 500) }));
      };
      const call = { names, settle };
      if (this.#dice.chance(0.4)) settle("resolve");
      else this.pending.push(call);
    });
  }

  close(): Promise<void> {
    if (this.isClosed) this.faults.push("closed twice");
    this.isClosed = true;
    if (this.#dice.chance(0.1)) throw new Error("close throws");
    return this.#dice.chance(0.1) ? new Promise(() => undefined) : Promise.resolve();
  }

  #flush(): Promise<void> {
    if (this.active > 0) this.faults.push("a flush beside a write");
    if (this.#dice.chance(0.1)) throw new Error("flush throws");
    if (this.#dice.chance(0.1)) return new Promise(() => undefined);
    return Promise.resolve();
  }
}

function wildOptions(dice: Dice, name: string, sink: WildSink, writeTimeoutMs: number): OutputOptions {
  return {
    name,
    sink,
    minSeverity: dice.pick([1, 1, 9, 17]),
    ...(dice.chance(0.2) ? { names: ["even.*"] } : {}),
    queue: {
      maxCount: dice.int(1, 12),
      maxBytes: dice.int(20, 400),
      policy: dice.pick<QueuePolicy>(["block", "drop-newest", "drop-oldest"]),
    },
    batch: { maxCount: dice.int(1, 5), maxBytes: dice.int(10, 200), maxDelayMs: dice.pick([0, 0, 20, 200]) },
    retry: { initialMs: 10, maxMs: 100, maxElapsedMs: dice.pick([300, 100_000]), maxAttempts: dice.pick([2, 5, 1000]) },
    writeTimeoutMs,
  };
}

const wildProcessor = (dice: Dice): Processor => ({
  process: (draft) => {
    if (dice.chance(0.1)) return undefined;
    if (dice.chance(0.1)) throw new Error("x");
    if (dice.chance(0.1)) draft.severity = dice.pick([1, 9, 17]);
    return draft;
  },
});

async function runSchedule(seed: number): Promise<void> {
  const dice = createDice(seed);
  const clock = new FakeClock();
  const journal = dice.chance(0.5) ? new FakeJournal() : undefined;
  const writer = new FakeWriter();
  const sinks: WildSink[] = [];
  // Half of the schedules have no write given up, so that what the sinks confirmed can be compared to the number.
  const writeTimeoutMs = dice.chance(0.5) ? 50 : 10_000_000;
  const wildOutput = (name: string): OutputOptions => {
    const sink = new WildSink(dice);
    sinks.push(sink);
    return wildOptions(dice, name, sink, writeTimeoutMs);
  };
  let configuration: PipelineConfiguration = {
    writer,
    processors: dice.chance(0.5) ? [{ name: "wild", processor: wildProcessor(dice) }] : [],
    outputs: Array.from({ length: dice.int(1, 3) }, (_, index) => wildOutput(`out${index}`)),
    ...(journal === undefined ? {} : { journal: { journal, minSeverity: dice.pick([1, 9]) } }),
  };
  const stable = configuration.outputs.map(({ name }) => name);
  const pipeline = createPipeline({ ...configuration, clock, diagnostics: new FakeDiagnostics(), random: dice.random });
  let emitted = 0;
  let unsettled = 0;
  const track = (promise: Promise<unknown>): void => {
    unsettled += 1;
    const settled = (): void => void (unsettled -= 1);
    promise.then(settled, settled);
  };
  const nextEvent = () => {
    emitted += 1;
    const name = `${emitted % 2 === 0 ? "even" : "odd"}.${String(emitted).padStart(4, "0")}`;
    return { name, body: dice.int(1, 60), severity: dice.pick<SeverityNumber>([5, 9, 17]) };
  };

  const step = async (): Promise<void> => {
    switch (dice.int(0, 11)) {
      case 0:
      case 1:
      case 2:
      case 3:
        for (let i = dice.int(1, 4); i > 0; i--) pipeline.emit(nextEvent());
        return;
      case 4:
        return track(pipeline.emitAsync(nextEvent()));
      case 5:
      case 6:
      case 7: {
        const { pending } = dice.pick(sinks as [WildSink]);
        const [call] = pending.splice(dice.int(0, pending.length - 1), 1);
        call?.settle(dice.pick(["resolve", "resolve", "resolve", "partial", "retry", "retry", "fail", "nonsense"]));
        return;
      }
      case 8:
      case 9:
        return clock.advance(dice.int(0, 120));
      case 10:
        return track(pipeline.flush({ timeoutMs: dice.int(0, 200) }));
      default:
        if (dice.chance(0.5)) return;
        configuration = {
          ...configuration,
          outputs: configuration.outputs.map((output) => {
            if (dice.chance(0.5)) return output;
            if (dice.chance(0.5)) return wildOptions(dice, output.name, output.sink as WildSink, writeTimeoutMs);
            return wildOutput(output.name);
          }),
        };
        return track(pipeline.reconfigure(configuration, { timeoutMs: dice.int(0, 300) }));
    }
  };

  for (let i = 0; i < STEPS; i++) {
    await step();
    expectAccounted(pipeline.report());
    if (dice.chance(0.5)) await settlePromises();
    expectAccounted(pipeline.report());
  }
  track(pipeline.close({ timeoutMs: dice.int(0, 500) }));
  pipeline.emit(nextEvent());
  await clock.advance(60_000);
  // Whatever still hangs, the account is closed, nobody waits for ever and no timer is left.
  expect(unsettled, "promises that never settled").toBe(0);
  expect(clock.pending, "timers left").toBe(0);
  const { intake, outputs } = pipeline.report();
  expect(intake.emitted).toBe(emitted);
  for (const output of outputs) {
    expect(output, output.name).toMatchObject({ queued: 0, inFlight: 0 });
    if (stable.includes(output.name)) expect(output.accepted, output.name).toBe(intake.accepted);
  }
  for (const sink of sinks) {
    expect(sink.faults).toEqual([]);
    expect(sink.isClosed).toBe(true);
    if (sink.concurrency === 1) expect(sink.first.map(orderOf)).toEqual(sink.first.map(orderOf).sort((a, b) => a - b));
  }
  if (writeTimeoutMs > 50) {
    for (const sink of sinks) for (const [name, times] of sink.confirmed) expect(times, `${name} delivered`).toBe(1);
    expect(outputs.reduce((sum, { redelivered }) => sum + redelivered, 0)).toBe(0);
  }
  // Late answers of everything that still hangs change nothing any more.
  const before = JSON.stringify(pipeline.report());
  for (const sink of sinks) for (const { settle } of sink.pending) settle(dice.pick(["resolve", "fail", "retry"]));
  await clock.advance(60_000);
  expect(JSON.stringify(pipeline.report())).toBe(before);
}

const orderOf = (name: string): number => Number(name.split(".")[1]);

test(`${ONE_SEED ?? SEEDS} random schedules of sinks, processors, flushes and reloads balance at every step`, async () => {
  const seeds = ONE_SEED === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(ONE_SEED)];
  for (const seed of seeds) {
    try {
      await runSchedule(seed);
    } catch (error) {
      throw new Error(`schedule of PLUMBLINE_SEED=${seed}`, { cause: error });
    }
  }
}, 60_000);
