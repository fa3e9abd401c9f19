import { type Destination, RetryableError } from "@plumbline/core";

/**
 * What a delivery could not take away over there when it failed. It goes before the next one begins, and not only at the next start: a line that drops time and again would fill
 * the far side's disk.
 */
export class Leftovers {
  readonly #destination: Destination;
  readonly #owner: string;
  #state: "none" | "left" | "failed" = "none";

  constructor(destination: Destination, owner: string) {
    this.#destination = destination;
    this.#owner = owner;
  }

  /** Something was left. */
  note(): void {
    this.#state = "left";
  }

  /** Resolves with how many were taken away. Rejects with a `RetryableError`; what cannot be taken away otherwise holds up no delivery. */
  async reap(): Promise<number> {
    const before = this.#state;
    // After a failure a delivery is tried first: the one that reaping fails of need not be in its way.
    this.#state = before === "failed" ? "left" : "none";
    if (before !== "left") return 0;
    try {
      return await this.#destination.reap(this.#owner);
    } catch (error) {
      this.#state = "failed";
      if (RetryableError.isInstance(error)) throw error;
      return 0;
    }
  }
}
