import { RetryableError, type Durability, type EventLine } from "@plumbline/core";
import { DEFAULT_DEADLINE_MS, must, settles, succeeds, type ContractCase } from "./contract-case.ts";
import { countResources, expectNoLeak } from "./leak-check.ts";
import { pluginCases, subjectOf } from "./plugin-contract.ts";
import { playScene, type SinkContractOptions, type SinkFixture, type SinkScene } from "./sink-scene.ts";
import { createOddLines, createTestLines } from "./test-lines.ts";

/**
 * The contract of a sink, rule by rule: what `Sink` and `Plugin` of `@plumbline/core` say, as far as it can be seen from
 * outside. Cases of failures and deadlines are there when the options tell how to cause them.
 */
export function sinkContract<Options, Fixture extends SinkFixture>(
  options: SinkContractOptions<Options, Fixture>,
): readonly ContractCase[] {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const scene = (name: string, body: (scene: SinkScene<Fixture>) => Promise<void>): ContractCase => ({
    name,
    run: () => playScene(options, deadlineMs, body),
  });
  const { failOnce, hang } = options;
  return [
    ...pluginCases({
      plugin: options.plugin,
      invalidOptions: options.invalidOptions ?? [],
      deadlineMs,
      open: () => subjectOf(() => options.setup()),
    }),
    scene("sink: says what it takes and holds in the contract's terms", checkDeclarations),
    scene("close: is safe without start, and when repeated", async (scene) => {
      await scene.close();
      await scene.close();
    }),
    scene("close: is safe after start, when repeated, and when called twice at once", async (scene) => {
      await scene.start();
      await Promise.all([scene.close(), scene.close()]);
      await scene.close();
    }),
    scene("close: what was written before it has arrived", async (scene) => {
      const lines = createTestLines(25);
      await scene.start();
      await scene.write(lines);
      await scene.close();
      await scene.expectDelivered(lines);
    }),
    scene("asyncDispose: closes, where there is one", disposes),
    scene("write: an empty batch is nothing", async (scene) => {
      await scene.start();
      await scene.write([]);
      await scene.flush();
      await scene.expectDelivered([]);
    }),
    scene("write: delivers every line once, in order, over many batches", async (scene) => {
      const lines = createTestLines(1000);
      await scene.start();
      for (let from = 0, size = 1; from < lines.length; from += size, size = (size % 40) + 1) {
        await scene.write(lines.slice(from, from + size));
      }
      await scene.flush();
      await scene.expectDelivered(lines);
    }),
    scene("write: delivers lines of any content and up to a mebibyte unchanged", async (scene) => {
      const lines = createOddLines();
      await scene.start();
      await scene.write(lines);
      await scene.flush();
      await scene.expectDelivered(lines);
    }),
    scene("write: delivers lines that have ids with their ids", async (scene) => {
      const lines = createTestLines(10, { epoch: "0k3f9c2a00000", firstSeq: 41 });
      await scene.start();
      await scene.write(lines);
      await scene.flush();
      await scene.expectDelivered(lines);
    }),
    scene("write: neither changes the batch nor needs it any more when it has resolved", keepsNothing),
    scene("write: up to its concurrency at once, every line once", async (scene) => {
      const atOnce = scene.sink.concurrency ?? 1;
      const lines = createTestLines(atOnce * 20);
      await scene.start();
      for (let from = 0; from < lines.length; from += atOnce * 5) {
        const batches = Array.from({ length: atOnce }, (_, index) =>
          lines.slice(from + index * 5, from + index * 5 + 5),
        );
        await Promise.all(batches.map((batch) => scene.write(batch)));
      }
      await scene.flush();
      await scene.expectDelivered(lines);
    }),
    scene("flush: resolves with nothing written, repeated, and for every class", flushes),
    {
      name: "leaks: nothing stays after close",
      run: async () => {
        const before = await countResources();
        await playScene(options, deadlineMs, async (scene) => {
          await scene.start();
          await scene.write(createTestLines(10));
          await scene.flush();
          await scene.close();
          const { pendingTimers } = scene.context;
          must(pendingTimers === 0, `${pendingTimers} timers of the context's clock are still set after close()`);
        });
        await expectNoLeak(before, "the sink");
      },
    },
    ...(failOnce === undefined ? [] : failureCases(scene, failOnce)),
    ...(hang === undefined ? [] : deadlineCases(scene, hang)),
  ];
}

type SceneCase<Fixture extends SinkFixture> = (
  name: string,
  body: (scene: SinkScene<Fixture>) => Promise<void>,
) => ContractCase;

function failureCases<Fixture extends SinkFixture>(
  scene: SceneCase<Fixture>,
  failOnce: (fixture: Fixture) => void | Promise<void>,
): readonly ContractCase[] {
  return [
    scene("failure: a refused batch is asked for again, and then arrives once", async (scene) => {
      const lines = createTestLines(30);
      await scene.start();
      await scene.write(lines.slice(0, 10));
      await failOnce(scene.fixture);
      const reason = await scene.tryWrite(lines.slice(10, 20));
      // One that resolves has tried again by itself, and the batch must have arrived like any other.
      if (reason !== undefined) {
        must(
          RetryableError.isInstance(reason),
          "write() rejected with something that is no RetryableError: the batch would be dropped",
        );
        const { retryAfterMs } = reason;
        must(
          retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0),
          `retryAfterMs is ${retryAfterMs}, which is no span of time`,
        );
        await scene.write(lines.slice(10, 20));
      }
      await scene.write(lines.slice(20));
      await scene.flush();
      await scene.expectDelivered(lines);
    }),
    scene("failure: says neither in the error nor in the diagnostics what the lines held", async (scene) => {
      const marker = ["held", "by", "the", "line"].join("-");
      await scene.start();
      await failOnce(scene.fixture);
      const reason = await scene.tryWrite(createTestLines(3, { body: () => marker }));
      const told = [describe(reason), ...scene.context.said.map(({ message }) => message)].join("\n");
      must(!told.includes(marker), "what a line held stands in the error or in the diagnostics");
    }),
    scene("failure: close is safe after it", async (scene) => {
      await scene.start();
      await failOnce(scene.fixture);
      await scene.tryWrite(createTestLines(3));
      await scene.close();
    }),
  ];
}

function deadlineCases<Fixture extends SinkFixture>(
  scene: SceneCase<Fixture>,
  hang: (fixture: Fixture) => void | Promise<void>,
): readonly ContractCase[] {
  return [
    scene("deadline: a write under way and close both settle when the signal aborts", async (scene) => {
      await scene.start();
      await hang(scene.fixture);
      const writing = scene.tryWrite(createTestLines(3));
      await new Promise((resolve) => setImmediate(resolve));
      const closing = settles("close() after the signal has aborted", scene.deadlineMs, async () => {
        try {
          await scene.sink.close();
        } catch {
          return; // giving up may be told as an error
        }
      });
      scene.context.abort();
      const reason = await writing;
      must(reason !== undefined, "write() resolved although the far side had not answered");
      await closing;
    }),
  ];
}

async function checkDeclarations<Fixture extends SinkFixture>({ sink }: SinkScene<Fixture>): Promise<void> {
  const { signals, exclusive, concurrency } = sink;
  const known: readonly unknown[] = ["logs", "traces", "metrics"];
  must(
    signals === undefined ||
      (Array.isArray(signals) && signals.length > 0 && signals.every((signal) => known.includes(signal))),
    "signals is not a list of logs, traces and metrics",
  );
  must(
    exclusive === undefined ||
      (Array.isArray(exclusive) && exclusive.every((held) => typeof held === "string" && /^[a-z]+:./.test(held))),
    "exclusive is not a list of texts like tcp:4700 or file:/var/log/x.jsonl",
  );
  must(
    concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1),
    "concurrency is not 1 or more",
  );
}

async function disposes<Fixture extends SinkFixture>(scene: SinkScene<Fixture>): Promise<void> {
  const dispose: unknown = Reflect.get(scene.sink, Symbol.asyncDispose);
  if (dispose === undefined) return;
  must(typeof dispose === "function", "[Symbol.asyncDispose] is not a function");
  await scene.start();
  await scene.write(createTestLines(2));
  for (let call = 0; call < 2; call++) {
    await succeeds(
      "[Symbol.asyncDispose]()",
      scene.deadlineMs,
      () => Reflect.apply(dispose, scene.sink, []) as unknown,
    );
  }
  await scene.expectDelivered(createTestLines(2));
  must(scene.context.pendingTimers === 0, "timers are still set after [Symbol.asyncDispose]()");
}

async function keepsNothing<Fixture extends SinkFixture>(scene: SinkScene<Fixture>): Promise<void> {
  const lines = createTestLines(20);
  await scene.start();
  const frozen: readonly EventLine[] = Object.freeze(lines.slice(0, 10));
  await scene.write(frozen);
  const reused: EventLine[] = lines.slice(10);
  await scene.write(reused);
  // The host uses its array again for the next batch.
  reused.splice(0, reused.length, ...createTestLines(10, { firstSeq: 900 }));
  if (scene.sink.flush !== undefined) await scene.flush();
  await scene.expectDelivered(lines);
}

async function flushes<Fixture extends SinkFixture>(scene: SinkScene<Fixture>): Promise<void> {
  if (scene.sink.flush === undefined) return;
  await scene.start();
  await scene.flush();
  const lines = createTestLines(6);
  const classes: readonly (Durability | undefined)[] = [undefined, "buffered", "written", "fsynced"];
  for (const [index, durability] of classes.entries()) {
    await scene.write(lines.slice(index, index + 1));
    for (let call = 0; call < 2; call++) {
      await succeeds(`flush(${durability ?? ""})`, scene.deadlineMs, () =>
        scene.sink.flush?.(durability === undefined ? undefined : { durability }),
      );
    }
  }
  await scene.expectDelivered(lines.slice(0, classes.length));
}

function describe(reason: unknown): string {
  if (!(reason instanceof Error)) return String(reason);
  return `${reason.stack ?? reason.message}\n${reason.cause === undefined ? "" : describe(reason.cause)}`;
}
