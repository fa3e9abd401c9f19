import type { Clock, ClockTimer } from "@plumbline/core";
import type { ActiveFile } from "./active-file.ts";

/** An empty file is looked at again after this long. */
const MIN_WAIT_MS = 1000;

/** Has a file sealed when it is too old, also one that nobody writes to. */
export class AgeTimer {
  readonly #clock: Clock;
  readonly #file: ActiveFile;
  readonly #onAged: () => void;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock, file: ActiveFile, onAged: () => void) {
    this.#clock = clock;
    this.#file = file;
    this.#onAged = onAged;
  }

  /** Begins to wait, anew for a new file. */
  arm(): void {
    this.cancel();
    const { remainingMs } = this.#file.age;
    if (remainingMs === undefined) return;
    const look = (): void => {
      if (this.#file.isAged) this.#onAged();
      this.arm();
    };
    this.#timer = this.#clock.setTimer(look, Math.max(MIN_WAIT_MS, remainingMs));
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
