import type { Clock } from "@plumbline/core";

/** How old the file being written is, and how old it may get. */
export class FileAge {
  readonly #clock: Clock;
  readonly #maxMs: number;
  #createdMs = 0;

  constructor(clock: Clock, maxMs: number) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  get createdMs(): number {
    return this.#createdMs;
  }

  set(createdMs: number): void {
    this.#createdMs = createdMs;
  }

  /** The file was made now. */
  begin(): void {
    this.#createdMs = this.#clock.nowMicros() / 1000;
  }

  get isOver(): boolean {
    return this.remainingMs === 0;
  }

  /** Milliseconds until it is too old; `undefined` when that never comes. */
  get remainingMs(): number | undefined {
    if (this.#maxMs === Number.POSITIVE_INFINITY) return undefined;
    const nowMs = this.#clock.nowMicros() / 1000;
    // A file that is from the future by a clock that was set right since begins to age now.
    this.#createdMs = Math.min(this.#createdMs, nowMs);
    return Math.max(0, this.#maxMs - (nowMs - this.#createdMs));
  }
}
