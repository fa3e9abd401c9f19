import { setTimeout as sleep } from "node:timers/promises";
import { watchFiles, type FileWatcher, type Generation, type WatchOptions } from "../src/index.ts";

/** How often to go round: a few times beside every change of the code, a hundred in the long run. */
export const ROUNDS: number = Number(process.env["PLUMBLINE_WATCH_ROUNDS"] ?? 2);

/** What an oracle has found. */
export interface Verdict {
  /** Quiet checkpoints at which the last generation was not what was on disk. */
  readonly stale: number;
  /** Generations that held the same as the one before. */
  readonly repeated: number;
  /** Generations that held what was never a whole content. */
  readonly torn: number;
  readonly generations: number;
  /** Milliseconds from the end of an edit to its generation, sorted. */
  readonly latenciesMs: readonly number[];
}

/** A watch of one file, held against what was written to it. */
export class WatchOracle {
  readonly #wholes = new Set<string>();
  readonly #latenciesMs: number[] = [];
  #last: string | undefined;
  #lastAtMs = 0;
  #lastNumber = 0;
  #stale = 0;
  #repeated = 0;
  #torn = 0;
  readonly watcher: FileWatcher;

  constructor(options: WatchOptions) {
    this.watcher = watchFiles({ ...options, onGeneration: (generation) => this.#see(generation) });
  }

  /** A whole content, which may be seen from now on. */
  allow(content: string): void {
    this.#wholes.add(content);
  }

  /** Waits for a content to be the last, at most `boundMs`; it is stale after that. */
  async checkpoint(content: string, editedAtMs: number, boundMs = 15_000): Promise<void> {
    const endMs = performance.now() + boundMs;
    while (this.#last !== content && performance.now() < endMs) await sleep(1);
    if (this.#last === content) this.#latenciesMs.push(Math.max(0, this.#lastAtMs - editedAtMs));
    else this.#stale++;
  }

  /** Waits for a while in which nothing may come. */
  async quiet(content: string, ms: number): Promise<void> {
    await sleep(ms);
    if (this.#last !== content) this.#stale++;
  }

  get verdict(): Verdict {
    return {
      stale: this.#stale,
      repeated: this.#repeated,
      torn: this.#torn,
      generations: this.#lastNumber,
      latenciesMs: [...this.#latenciesMs].sort((a, b) => a - b),
    };
  }

  #see({ generation, content }: Generation): void {
    const text = content.toString();
    if (generation !== this.#lastNumber + 1 || text === this.#last) this.#repeated++;
    if (!this.#wholes.has(text)) this.#torn++;
    this.#last = text;
    this.#lastNumber = generation;
    this.#lastAtMs = performance.now();
  }
}

/** The latency at a share of all, in milliseconds, for people. */
export function latencyAt({ latenciesMs }: Verdict, share: number): string {
  const value = latenciesMs[Math.ceil(latenciesMs.length * share) - 1];
  return value === undefined ? "-" : value.toFixed(0);
}

/** A line for people. */
export function describeVerdict(name: string, verdict: Verdict): string {
  const { stale, repeated, torn, generations } = verdict;
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => latencyAt(verdict, share));
  return `${name}: stale ${stale}, repeated ${repeated}, torn ${torn} of ${generations} generations; latency p50 ${p50}, p99 ${p99}, max ${max} ms`;
}
