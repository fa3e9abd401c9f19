import { Writable } from "node:stream";
import { type Clock, createSystemClock } from "@plumbline/core";
import { run } from "../src/run.ts";
import { createColours } from "../src/terminal/colour.ts";
import type { Console } from "../src/terminal/console.ts";
import { Interruptions } from "../src/terminal/interruptions.ts";
import { Output } from "../src/terminal/output.ts";
import { Progress } from "../src/terminal/progress.ts";

export interface RecordedOptions {
  readonly cwd: string;
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly isColoured?: boolean;
  /** Called when a command begins to wait for a time to pass. */
  readonly onWait?: () => void;
  /** Called with everything that goes to standard output, before it counts as written. */
  readonly onOut?: (text: string) => void | Promise<void>;
  /** The same of standard error. */
  readonly onErr?: (text: string) => void | Promise<void>;
}

export interface RecordedConsole {
  readonly console: Console;
  readonly interruptions: Interruptions;
  readonly out: () => string;
  readonly err: () => string;
}

/** A console without a terminal that keeps what is said. */
export function recordedConsole(options: RecordedOptions): RecordedConsole {
  const chunks: { out: Buffer[]; err: Buffer[] } = { out: [], err: [] };
  const stream = (name: "out" | "err"): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks[name].push(chunk);
        const listener = name === "out" ? options.onOut : options.onErr;
        if (listener === undefined) done();
        else void deliver(listener, chunk, done);
      },
    });
  const interruptions = new Interruptions();
  const clock = watched(createSystemClock(), options.onWait);
  const err = new Output(stream("err"), false);
  const colours = createColours(options.isColoured === true);
  const console: Console = {
    input: toAsync(options.input ?? []),
    out: new Output(stream("out"), false),
    err,
    colours,
    errColours: colours,
    progress: new Progress(err, clock),
    env: options.env ?? {},
    cwd: options.cwd,
    clock,
    interruptions,
  };
  return {
    console,
    interruptions,
    out: () => Buffer.concat(chunks.out).toString(),
    err: () => Buffer.concat(chunks.err).toString(),
  };
}

/** Runs a command line to its end. */
export async function runCommand(
  args: readonly string[],
  options: RecordedOptions,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const recorded = recordedConsole(options);
  const code = await run(args, recorded.console);
  return { code, out: recorded.out(), err: recorded.err() };
}

function watched(clock: Clock, onWait: (() => void) | undefined): Clock {
  if (onWait === undefined) return clock;
  return {
    nowMicros: () => clock.nowMicros(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer(callback, delayMs) {
      onWait();
      return clock.setTimer(callback, delayMs);
    },
  };
}

async function deliver(
  onOut: NonNullable<RecordedOptions["onOut"]>,
  chunk: Buffer,
  done: (error?: Error) => void,
): Promise<void> {
  try {
    await onOut(chunk.toString());
    done();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

async function* toAsync(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
