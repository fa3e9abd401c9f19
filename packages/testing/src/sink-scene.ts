import type { EventLine, Plugin, Sink } from "@plumbline/core";
import { broken, must, settles, succeeds } from "./contract-case.ts";
import { compareLines } from "./oracle.ts";
import { withInstance } from "./plugin-contract.ts";
import type { TestContext, TestContextOptions } from "./test-context.ts";

/** A far side for one sink, made fresh for each case: a server, a folder. */
export interface SinkFixture {
  /** What a config would give as the plugin's options. */
  readonly options: unknown;
  /** What the context holds besides. */
  readonly context?: TestContextOptions;
  /** The lines that have arrived, in the order in which they did. */
  delivered(): readonly string[] | Promise<readonly string[]>;
  /** Ends the far side. */
  close?(): void | Promise<void>;
}

/** Options of `sinkContract`. */
export interface SinkContractOptions<Options, Fixture extends SinkFixture> {
  readonly plugin: Plugin<"sink", Options>;
  /** Makes a far side, and options that lead there. */
  setup(): Fixture | Promise<Fixture>;
  /** How a line looks on the far side. Default: its text. */
  readonly represent?: (line: EventLine) => string;
  /** Options that its schema must refuse. */
  readonly invalidOptions?: readonly unknown[];
  /**
   * Makes the far side refuse the next write, for once, so that the sink asks to have the batch again. Without it, the
   * cases of failure are left out.
   */
  readonly failOnce?: (fixture: Fixture) => void | Promise<void>;
  /** Makes the far side hang until it is closed. Without it, the cases of deadlines are left out. */
  readonly hang?: (fixture: Fixture) => void | Promise<void>;
  /** Milliseconds that one call may take before it counts as hanging. Default 10,000. */
  readonly deadlineMs?: number;
}

/** A sink with its far side, while a case runs. */
export class SinkScene<Fixture extends SinkFixture> {
  readonly sink: Sink;
  readonly fixture: Fixture;
  readonly context: TestContext;
  readonly deadlineMs: number;
  readonly #represent: (line: EventLine) => string;

  constructor(
    sink: Sink,
    fixture: Fixture,
    context: TestContext,
    deadlineMs: number,
    represent: (line: EventLine) => string,
  ) {
    this.sink = sink;
    this.fixture = fixture;
    this.context = context;
    this.deadlineMs = deadlineMs;
    this.#represent = represent;
  }

  async start(): Promise<void> {
    await succeeds("start()", this.deadlineMs, () => this.sink.start?.());
  }

  /** One write that is expected to deliver all. */
  async write(batch: readonly EventLine[]): Promise<void> {
    const result = await succeeds("write()", this.deadlineMs, () => this.#write(batch));
    if (result === undefined) return;
    must(
      typeof result === "object" &&
        result !== null &&
        Number.isInteger(result.rejected) &&
        typeof result.reason === "string",
      "write() resolved with something that is neither nothing nor { rejected, reason }",
    );
    must(
      result.rejected >= 0 && result.rejected <= batch.length,
      `write() says that ${result.rejected} of ${batch.length} lines were refused`,
    );
    must(result.rejected === 0, `write() says that ${result.rejected} good lines were refused: ${result.reason}`);
  }

  /** One write that may reject; resolves with what it rejected with, `undefined` when it did not. */
  async tryWrite(batch: readonly EventLine[]): Promise<unknown> {
    let rejection: { readonly reason: unknown } | undefined;
    await settles("write()", this.deadlineMs, async () => {
      try {
        await this.#write(batch);
      } catch (reason) {
        rejection = { reason };
      }
    });
    return rejection === undefined ? undefined : (rejection.reason ?? broken("write() rejected with nothing"));
  }

  async flush(): Promise<void> {
    await succeeds("flush()", this.deadlineMs, () => this.sink.flush?.());
  }

  async close(): Promise<void> {
    await succeeds("close()", this.deadlineMs, () => this.sink.close());
  }

  /** Fails unless exactly these lines have arrived, each once, as they were. */
  async expectDelivered(lines: readonly EventLine[]): Promise<void> {
    const expected = lines.map(this.#represent);
    const actual = await settles("the fixture's delivered()", this.deadlineMs, () => this.fixture.delivered());
    const { lost, repeated, foreign, reordered } = compareLines(expected, actual);
    const show = (line: string | undefined): string => JSON.stringify((line ?? "").slice(0, 120));
    must(
      lost.length === 0 || foreign.length === 0,
      `${lost.length} lines arrived changed or not at all, ${foreign.length} arrived that nobody wrote, such as ${show(foreign[0])}`,
    );
    must(lost.length === 0, `${lost.length} of ${expected.length} lines did not arrive, such as ${show(lost[0])}`);
    must(foreign.length === 0, `${foreign.length} lines arrived that nobody wrote, such as ${show(foreign[0])}`);
    must(repeated.length === 0, `${repeated.length} lines arrived more than once, such as ${show(repeated[0])}`);
    must(
      reordered.length === 0 || (this.sink.concurrency ?? 1) > 1,
      `${reordered.length} lines arrived out of order, such as ${show(reordered[0])}`,
    );
  }

  #write(batch: readonly EventLine[]): ReturnType<Sink["write"]> {
    return this.sink.write(batch, { signal: this.context.signal });
  }
}

/** Sets a scene, lets `body` play in it, and takes it down: the sink first, then its far side. */
export async function playScene<Options, Fixture extends SinkFixture>(
  options: SinkContractOptions<Options, Fixture>,
  deadlineMs: number,
  body: (scene: SinkScene<Fixture>) => Promise<void>,
): Promise<void> {
  const represent = options.represent ?? ((line: EventLine): string => line.line);
  await withInstance(
    options.plugin,
    () => options.setup(),
    (sink, fixture, context) => body(new SinkScene(sink, fixture, context, deadlineMs, represent)),
    (sink) => succeeds("close()", deadlineMs, async () => sink.close()),
  );
}
