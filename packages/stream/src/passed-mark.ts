import { isAtOrAfter } from "./position-order.ts";
import { PositionWaits } from "./position-waits.ts";

/** How far somebody else who has the lease is known to have settled what stands in the journal, and who waits for that. */
export class PassedMark {
  #done: string | undefined;
  readonly #waits = new PositionWaits();

  /** Everything before this position is settled. */
  note(done: string): void {
    this.#done = done;
    this.#waits.pass((position) => isAtOrAfter(done, position));
  }

  isAt(position: string): boolean {
    return this.#done !== undefined && isAtOrAfter(this.#done, position);
  }

  /** Nobody waits any longer: what is not settled yet is no longer somebody else's. */
  release(): void {
    this.#waits.release();
  }

  /** Resolves when a position is reached, at {@link release}, or when `signal` aborts. */
  async whenAt(position: string, signal: AbortSignal): Promise<void> {
    if (!this.isAt(position)) await this.#waits.until(position, signal);
  }
}
