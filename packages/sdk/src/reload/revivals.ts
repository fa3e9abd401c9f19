import { type Clock, type ClockTimer, createBackoff } from "@plumbline/core";
import type { DiagLogger } from "@opentelemetry/api";
import { closeOne, type Startable, startInOrder } from "../start-in-order.ts";

/** What reviving needs. */
export interface RevivalHost {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly startTimeoutMs: number;
}

/** Parts that ought to run and do not: each is started again and again, with growing pauses, until it does. */
export class Revivals {
  readonly #host: RevivalHost;
  readonly #down = new Map<object, { readonly path: string; timer: ClockTimer | undefined }>();

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
  mark(instance: object, path: string): void {
    this.#down.set(instance, { path, timer: undefined });
  }

  forget(instance: object): void {
    this.#down.get(instance)?.timer?.cancel();
    this.#down.delete(instance);
  }

  /**
   * Starts a part now and, where that fails, again later; `onUp` is called in the tick in which it is known to run. Resolves after the first attempt.
   */
  async start(instance: object, part: Startable, onUp: () => void): Promise<void> {
    this.mark(instance, part.path);
    const { clock, diagnostics, startTimeoutMs } = this.#host;
    const backoff = createBackoff({ initialMs: 1000, maxMs: 30_000 });
    const attempt = async (): Promise<void> => {
      const entry = this.#down.get(instance);
      if (entry === undefined) return;
      try {
        await startInOrder([part], { clock, diagnostics, timeoutMs: startTimeoutMs });
      } catch (error) {
        if (this.#down.get(instance) !== entry) return;
        diagnostics.error(`${error instanceof Error ? error.message : "it does not start"} It is tried again.`);
        entry.timer = clock.setTimer(() => void attempt(), backoff.next());
        return;
      }
      if (this.#down.get(instance) !== entry) {
        // Nobody wants it any more.
        await closeOne(part, { clock, diagnostics, timeoutMs: startTimeoutMs });
        return;
      }
      this.#down.delete(instance);
      onUp();
    };
    await attempt();
  }

  /** Ends every attempt: another reload, or the end, is at hand. What is down stays marked. */
  stop(): void {
    for (const [instance, { path, timer }] of this.#down) {
      timer?.cancel();
      this.#down.set(instance, { path, timer: undefined });
    }
  }
}
