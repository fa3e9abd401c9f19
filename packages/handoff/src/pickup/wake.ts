import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "@plumbline/core";

/** Past this, a look at everything is cheaper. */
const MOST_HINTS = 1000;

/** Waits for a hint, a time, or the end, whichever comes first. */
export class Wake {
  readonly #clock: Clock;
  readonly #hinted = new Set<string>();
  #isOverfull = false;
  #watcher: FSWatcher | undefined;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes the system's events of a folder as hints. They come late, twice, or not at all (network file systems, full queues): what is true, the next look tells,
   * so a failure to watch costs time and nothing else.
   */
  watch(folder: string): void {
    try {
      this.#watcher = watch(folder, { persistent: false }, (_kind, name) => this.hint(name ?? ""));
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined; // looked at every so often instead
    }
  }

  hint(name: string): void {
    if (this.#hinted.size < MOST_HINTS) this.#hinted.add(name);
    else this.#isOverfull ||= !this.#hinted.has(name);
    this.#wake?.();
  }

  /** The names that were hinted at since the last call; `undefined` where they are too many to be told one by one: then all is to be looked at. */
  take(): readonly string[] | undefined {
    const names = this.#isOverfull ? undefined : [...this.#hinted];
    this.#hinted.clear();
    this.#isOverfull = false;
    return names;
  }

  /** Resolves with `true` after `delayMs` milliseconds, with `false` at a hint or when the signal aborts. */
  async wait(delayMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#hinted.size > 0) return false;
    return new Promise<boolean>((resolve) => {
      const end = (isOver: boolean): void => {
        timer.cancel();
        signal.removeEventListener("abort", stop);
        this.#wake = undefined;
        resolve(isOver);
      };
      const stop = (): void => end(false);
      const timer = this.#clock.setTimer(() => end(true), delayMs);
      signal.addEventListener("abort", stop);
      this.#wake = stop;
    });
  }

  close(): void {
    this.#watcher?.close();
    this.#wake?.();
  }
}
