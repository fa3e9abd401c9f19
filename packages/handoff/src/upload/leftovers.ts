import { type Destination, RetryableError } from "@plumbline/core";

/**
 * What a delivery could not take away over there when it failed. It goes before the next one begins, and not only at the next start: a line that drops time and again would fill
 * the far side's disk.
 */
export class Leftovers {
  readonly #destination: Destination;
  readonly #owner: string;
  #state: "none" | "left" | "failed" = "none";
  #reaped = 0;

  constructor(destination: Destination, owner: string) {
    this.#destination = destination;
    this.#owner = owner;
  }

  /** How many were taken away. */
  get reaped(): number {
    return this.#reaped;
  }

  /** Something was left. */
  note(): void {
    this.#state = "left";
  }

  /** Takes away what there is, whether something was noted or not. */
  async clear(): Promise<void> {
    this.#state = "none"; // first: what is noted meanwhile is another's
    try {
      this.#reaped += await this.#destination.reap(this.#owner);
    } catch (error) {
      this.#state = "failed";
      throw error;
    }
  }

  /** Takes away what was noted. Rejects with a `RetryableError`; what cannot be taken away otherwise holds up no delivery. */
  async reap(): Promise<void> {
    const before = this.#state;
    // After a failure a delivery is tried first: the one that reaping fails of need not be in its way.
    this.#state = before === "failed" ? "left" : "none";
    if (before !== "left") return;
    try {
      await this.clear();
    } catch (error) {
      if (RetryableError.isInstance(error)) throw error;
    }
  }
}
