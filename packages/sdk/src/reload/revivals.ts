import { type Clock, type ClockTimer, createBackoff } from "@plumbline/core";
import type { DiagLogger } from "@opentelemetry/api";
import { wordsOf } from "../describe-error.ts";
import { closeOne, type Startable, startInOrder } from "../start-in-order.ts";

/** What reviving needs. */
export interface RevivalHost {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly startTimeoutMs: number;
}

/** One attempt to have a part run. */
export interface Revival {
  /** What is down until it runs. */
  readonly instance: object;
  /** It is closed where it does not start. */
  readonly part: Startable;
  /** Called in the tick in which it is known to run. */
  readonly onUp: () => void;
}

interface Down {
  readonly path: string;
  timer: ClockTimer | undefined;
}

/** Parts that ought to run and do not: each is started again and again, with growing pauses, until it does. */
export class Revivals {
  readonly #host: RevivalHost;
  readonly #down = new Map<object, Down>();

  constructor(host: RevivalHost) {
    this.#host = host;
  }

  /** The places in the config of what does not run. */
  get places(): readonly string[] {
    return [...this.#down.values()].map(({ path }) => path);
  }

  isDown(instance: object): boolean {
    return this.#down.has(instance);
  }

  /** Counts an instance as down until {@link start} or {@link forget}. */
  mark(instance: object, path: string): Down {
    const down = { path, timer: undefined };
    this.#down.set(instance, down);
    return down;
  }

  forget(instance: object): void {
    this.#down.get(instance)?.timer?.cancel();
    this.#down.delete(instance);
  }

  /**
   * Starts now what `next` gives and, where that fails, later what it gives then: what did not start is closed, and nothing that was closed may be started. Until then `instance` is down,
   * at `path`. Resolves after the first attempt.
   */
  async start(instance: object, path: string, next: () => Revival): Promise<void> {
    const { clock, diagnostics, startTimeoutMs } = this.#host;
    const backoff = createBackoff({ initialMs: 1000, maxMs: 30_000 });
    let down = instance;
    this.mark(down, path);
    const attempt = async (): Promise<void> => {
      let entry = this.#down.get(down);
      try {
        const { instance: another, part, onUp } = next();
        this.forget(down);
        down = another;
        entry = this.mark(down, path);
        await startInOrder([part], { clock, diagnostics, timeoutMs: startTimeoutMs });
        if (this.#down.get(down) !== entry) {
          // Nobody wants it any more.
          await closeOne(part, { clock, diagnostics, timeoutMs: startTimeoutMs });
          return;
        }
        this.#down.delete(down);
        this.#tell(path, onUp);
      } catch (error) {
        if (entry === undefined || this.#down.get(down) !== entry) return;
        diagnostics.error(`${wordsOf(error)} It is tried again.`);
        entry.timer = clock.setTimer(() => void attempt(), backoff.next());
      }
    };
    await attempt();
  }

  /** What runs stays in force whatever comes of this: there is nothing to try again. */
  #tell(path: string, onUp: () => void): void {
    try {
      onUp();
    } catch (error) {
      this.#host.diagnostics.error(`${path} runs, but is not used: ${wordsOf(error)}`);
    }
  }

  /** Ends every attempt: another reload, or the end, is at hand. What is down stays marked. */
  stop(): void {
    for (const [instance, { path, timer }] of this.#down) {
      timer?.cancel();
      this.mark(instance, path);
    }
  }
}
