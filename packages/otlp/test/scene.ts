import type { EventLine, PartialRejection } from "@plumbline/core";
import {
  createFakeClock,
  createOtlpReceiver,
  createTestContext,
  createTestLines,
  type FakeClock,
  type OtlpReceiver,
  type OtlpReceiverOptions,
  type TestContext,
} from "@plumbline/testing";
import { createOtlpSink, type OtlpOptions, type OtlpSink } from "../src/index.ts";

/** A sink before a receiver, with a clock that stands still. */
export interface Scene extends AsyncDisposable {
  readonly receiver: OtlpReceiver;
  readonly sink: OtlpSink;
  readonly clock: FakeClock;
  readonly context: TestContext;
  /** Writes lines; gives what the write resolved or rejected with. */
  write(lines?: readonly EventLine[]): Promise<PartialRejection | Error | undefined>;
  /** The numbers of the lines that arrived, as `createTestLines` gives them. */
  arrived(): readonly number[];
  /** What was said to an operator. */
  said(): string;
}

export interface SceneOptions {
  readonly receiver?: OtlpReceiverOptions;
  readonly options?: OtlpOptions;
  readonly env?: Readonly<Record<string, string>>;
}

export async function createScene({ receiver: given = {}, options = {}, env = {} }: SceneOptions = {}): Promise<Scene> {
  const receiver = await createOtlpReceiver(given);
  const clock = createFakeClock();
  const context = createTestContext({ clock, name: "collector" });
  const { name, diagnostics, signal } = context;
  const sink = createOtlpSink(
    { endpoint: receiver.url, proxy: false, ...options },
    { name, clock: context.clock, diagnostics, signal, env },
  );
  await sink.start();
  return {
    receiver,
    sink,
    clock,
    context,
    write: async (lines = createTestLines(10)) => {
      try {
        return (await sink.write(lines, { signal: new AbortController().signal })) ?? undefined;
      } catch (error) {
        if (error instanceof Error) return error;
        throw error;
      }
    },
    arrived: () => receiver.logRecords.map(({ item }) => numberOf(item)),
    said: () => context.said.map(({ message }) => message).join("\n"),
    [Symbol.asyncDispose]: async () => {
      await sink.close();
      await receiver.close();
    },
  };
}

function numberOf(record: Readonly<Record<string, unknown>>): number {
  const attributes = record["attributes"] as { key: string; value: { intValue: string } }[];
  return Number(attributes.find(({ key }) => key === "seq")?.value.intValue);
}

/** Resolves when something holds; other turns of the loop come in between. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => (turn < 100 ? setImmediate(resolve) : setTimeout(resolve, 1)));
  }
  throw new Error("what was waited for did not come to be");
}
