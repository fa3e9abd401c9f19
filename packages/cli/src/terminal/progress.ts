import type { Clock, ClockTimer } from "@plumbline/core";
import type { Output } from "./output.ts";

const CLEAR_LINE = "\r\u001b[2K";
const REDRAW_MS = 100;

/** One line on standard error that says how far a command is; nothing where that is no terminal. */
export class Progress {
  readonly #output: Output;
  readonly #clock: Clock;
  #timer: ClockTimer | undefined;
  #isDrawn = false;
  #lastDraw: Promise<void> = Promise.resolve();

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /** Draws what `text` says, ten times a second, until {@link clear}. The first time comes after a tenth of a second: short work shows nothing. */
  watch(text: () => string): void {
    this.#timer?.cancel();
    if (!this.#output.isTerminal) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#draw(CLEAR_LINE + text());
      this.#isDrawn = true;
      this.watch(text);
    }, REDRAW_MS);
  }

  /** Takes the line away, so that what follows starts on a clean one. Safe to repeat. */
  async clear(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isDrawn) this.#draw(CLEAR_LINE);
    this.#isDrawn = false;
    await this.#lastDraw;
  }

  #draw(text: string): void {
    this.#output.print(text);
    this.#lastDraw = this.#output.flush().catch(() => {
      this.#timer?.cancel(); // the terminal has gone; the work goes on without it
    });
  }
}
