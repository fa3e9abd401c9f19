import { fork, type ChildProcess } from "node:child_process";
import type { Figures } from "../frame/bench.ts";
import { endChild, hasEnded } from "../frame/child-end.ts";
import { percentile } from "../frame/statistics.ts";
import type { ReadNews, ReadOrder } from "./reader-process.ts";
import { sumOf } from "./sequence-oracle.ts";

type Over = Extract<ReadNews, { kind: "over" }>;

/** Subscribers in a process of their own, so that the cell's own process has the server alone. */
export class ReaderChild implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #news: ReadNews[] = [];
  #tell: () => void = () => undefined;

  private constructor(order: ReadOrder) {
    // Compiled, wherever this module was loaded from.
    const program = new URL("../../dist/stream/reader-process.js", import.meta.url);
    const stdio: ("ignore" | "inherit" | "ipc")[] = ["ignore", "ignore", "inherit", "ipc"];
    this.#child = fork(program, [JSON.stringify(order)], { execArgv: [], stdio });
    this.#child.on("message", (news) => {
      this.#news.push(news as ReadNews);
      this.#tell();
    });
    this.#child.once("exit", () => this.#tell());
  }

  /** Resolves when the program is loaded, and has not begun. */
  static async load(order: Partial<ReadOrder> & Pick<ReadOrder, "url" | "last">): Promise<ReaderChild> {
    const usual = { by: "websocket", query: {}, clients: 1, everyMs: 0, first: 1, wantsLatencies: false } as const;
    const reader = new ReaderChild({ ...usual, ...order });
    await reader.#until("loaded");
    return reader;
  }

  begin(): void {
    this.#child.send("begin");
  }

  /** Resolves when all are connected. */
  async connected(): Promise<void> {
    await this.#until("connected");
  }

  /** Resolves with what they saw, when nothing more comes. */
  async over(): Promise<Over> {
    return (await this.#until("over")) as Over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }

  async #until(kind: ReadNews["kind"]): Promise<ReadNews> {
    for (;;) {
      const found = this.#news.find((news) => news.kind === kind);
      if (found !== undefined) return found;
      if (hasEnded(this.#child)) throw new Error(`the readers ended before they were ${kind}`);
      await new Promise<void>((resolve) => (this.#tell = resolve));
    }
  }
}

/** What the oracle found at all of them together. */
export function corruptionOf({ watched, dropped }: Over): Figures {
  const { lost, repeated, reordered } = sumOf(watched);
  return { lost, repeated, reordered, dropped };
}

/** Seconds from the first that came, or a time in microseconds, to the last event of all. */
export function secondsOf({ watched }: Over, fromMicros?: number): number {
  const from = fromMicros ?? Math.min(...watched.map(({ startedMicros }) => startedMicros));
  return (Math.max(...watched.map(({ lastMicros }) => lastMicros)) - from) / 1e6;
}

/** The pauses at the cut-over: the middle one, the one that 99 of 100 do not exceed, and the longest, of all but the first `warmUp`. */
export function cutOverOf({ watched }: Over, warmUp: number): Figures {
  // Who never came to the present has no pause, and is counted as lost or dropped.
  const micros = watched.slice(warmUp).flatMap(({ cutOverMicros }) => (cutOverMicros > 0 ? [cutOverMicros] : []));
  const pauses = Float64Array.from(micros, (each) => each / 1000);
  return {
    cutOverP50Millis: percentile(pauses, 0.5),
    cutOverP99Millis: percentile(pauses, 0.99),
    cutOverMaxMillis: percentile(pauses, 1),
    cutOvers: pauses.length,
  };
}
