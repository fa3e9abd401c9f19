import { type Backoff, type Clock, createBackoff } from "@plumbline/core";
import { pause } from "./throttle.ts";

/** Keeps deliveries from a destination that is down: after some failures in a row one tries at a time, and waits in between. */
export class Breaker {
  readonly #clock: Clock;
  readonly #threshold: number;
  readonly #backoff: Backoff;
  #failures = 0;
  #openUntilMs = 0;
  #trial: Promise<void> | undefined;

  constructor(clock: Clock, threshold: number, initialMs: number, maxMs: number) {
    this.#clock = clock;
    this.#threshold = threshold;
    this.#backoff = createBackoff({ initialMs, maxMs });
  }

  get isOpen(): boolean {
    return this.#failures >= this.#threshold;
  }

  /** Resolves when a delivery may begin. While the destination is down, with what ends the trial, which comes before the next. */
  async enter(signal: AbortSignal): Promise<() => void> {
    while (this.isOpen && !signal.aborted) {
      if (this.#trial !== undefined) {
        await this.#trial;
        continue;
      }
      let settle: () => void = () => undefined;
      const trial = new Promise<void>((resolve) => {
        settle = resolve;
      });
      this.#trial = trial;
      const end = (): void => {
        if (this.#trial === trial) this.#trial = undefined; // safe to repeat: the next trial is not this one
        settle();
      };
      await pause(this.#clock, this.#openUntilMs - this.#clock.monotonicMs(), signal);
      return end;
    }
    return () => undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#backoff.reset();
  }

  failed(): void {
    this.#failures += 1;
    this.#openUntilMs = this.#clock.monotonicMs() + this.#backoff.next();
  }
}
