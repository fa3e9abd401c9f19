import { randomBytes } from "node:crypto";
import type { Clock } from "@plumbline/core";

/** How long a ticket is good for, in milliseconds. */
export const TICKET_LIFE_MS = 60_000;
const MAX_TICKETS = 4096;
const TICKET_BYTES = 24;

/** Tickets for browsers, which cannot send a header with a socket: each is good once, for a minute. */
export class Tickets {
  readonly #clock: Clock;
  /** Each with the time at which it ends, the oldest first. */
  readonly #open = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new ticket. When too many are open the oldest is good no more. */
  give(): string {
    this.#forgetOld();
    const [oldest] = this.#open.keys();
    if (this.#open.size >= MAX_TICKETS && oldest !== undefined) this.#open.delete(oldest);
    const ticket = randomBytes(TICKET_BYTES).toString("base64url");
    this.#open.set(ticket, this.#clock.monotonicMs() + TICKET_LIFE_MS);
    return ticket;
  }

  /** Whether it was good; it is not any more. */
  take(ticket: string): boolean {
    this.#forgetOld();
    return this.#open.delete(ticket);
  }

  #forgetOld(): void {
    const now = this.#clock.monotonicMs();
    for (const [ticket, endsMs] of this.#open) {
      if (endsMs > now) return;
      this.#open.delete(ticket);
    }
  }
}
