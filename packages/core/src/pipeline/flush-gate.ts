/** A flush that waits for what was queued before it. */
interface Ticket {
  /** Lines with a lower number must be settled. */
  readonly barrier: number;
  readonly enter: () => void;
}

/**
 * Lets a flush through when all before it is settled and nothing is in flight, and keeps writes back until it is over: a sink's
 * `flush` never runs beside its `write`.
 */
export class FlushGate {
  /** In the order of their barriers. */
  #tickets: Ticket[] = [];
  #inside = 0;
  #flushed = 0;

  /** Resolves when the flush may begin; `leave` must follow, or `withdraw` if it is no longer wanted. */
  enter(barrier: number): { readonly entered: Promise<void>; readonly withdraw: () => void } {
    let ticket: Ticket | undefined;
    const entered = new Promise<void>((resolve) => {
      ticket = { barrier, enter: resolve };
      this.#tickets.push(ticket);
    });
    return {
      entered,
      withdraw: () => {
        const waiting = this.#tickets.filter((other) => other !== ticket);
        if (waiting.length === this.#tickets.length) this.leave();
        this.#tickets = waiting;
      },
    };
  }

  /** Lines with a number below `flushed` were settled, and the sink has flushed since. */
  leave(flushed = 0): void {
    this.#inside -= 1;
    this.#flushed = Math.max(this.#flushed, flushed);
  }

  /** Up to here, flushes that have left saw every line settled and the sink flushed. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Whether no flush waits or runs. */
  get isIdle(): boolean {
    return this.#inside === 0 && this.#tickets.length === 0;
  }

  /** Whether a write that has not begun must wait for a flush. */
  blocksWrites(lowestUnsettled: number): boolean {
    return this.#inside > 0 || this.#isReady(lowestUnsettled);
  }

  /** Lets in whoever has nothing to wait for any more. */
  open(lowestUnsettled: number, inFlight: number): void {
    if (inFlight > 0) return;
    while (this.#isReady(lowestUnsettled)) {
      this.#inside += 1;
      this.#tickets.shift()?.enter();
    }
  }

  #isReady(lowestUnsettled: number): boolean {
    const [first] = this.#tickets;
    return first !== undefined && first.barrier <= lowestUnsettled;
  }
}
