import type { Clock, ClockTimer } from "@plumbline/core";

/** Calls `onSilence` once when something is due and nothing has been heard for `silenceMs`. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #onSilence: () => void;
  #due = 0;
  #heardMs = 0;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock, silenceMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#onSilence = onSilence;
  }

  /** An answer is due. */
  expect(): void {
    if (this.#due++ > 0) return;
    this.#heardMs = this.#clock.monotonicMs();
    this.#timer ??= this.#clock.setTimer(() => this.#look(), this.#silenceMs);
  }

  /** One of those that were due has come: all that are still due have their whole time again, for they are answered in turn. */
  heard(): void {
    this.#due -= 1;
    this.#heardMs = this.#clock.monotonicMs();
    if (this.#due === 0) this.stop();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const leftMs = this.#heardMs + this.#silenceMs - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#onSilence();
    else this.#timer = this.#clock.setTimer(() => this.#look(), leftMs);
  }
}
