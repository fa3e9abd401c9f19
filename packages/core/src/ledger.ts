/** Why an event was dropped: one of ours, or the code of the error that dropped it. */
export type DropReason = "overflow" | "rejected" | "closed" | "deadline" | (string & {});

/**
 * The account of one output. At any moment, exactly:
 * `accepted + adopted = delivered + inFlight + queued + filtered + sum(dropped)`.
 */
export interface OutputReport {
  readonly name: string;
  /** Events that no processor filtered and whose line the walk has made, since this output was wired. */
  readonly accepted: number;
  /** Backlog of earlier runs, counted as it is read. */
  readonly adopted: number;
  readonly delivered: number;
  /** Handed to the sink and not settled. */
  readonly inFlight: number;
  readonly queued: number;
  /** Not for this output: by severity, name or condition. */
  readonly filtered: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Delivered again after an unknown outcome; stands beside the account, not inside. */
  readonly redelivered: number;
}

/** So many reasons are told apart; a plugin that makes up codes without end is counted under `other`. */
const MAX_REASONS = 64;
const OTHER = "other";

/** Counts for one output; the only place where an event changes its account. Each event is in exactly one at a time. */
export class OutputLedger {
  readonly name: string;
  #accepted = 0;
  #adopted = 0;
  #delivered = 0;
  #inFlight = 0;
  #queued = 0;
  #filtered = 0;
  #redelivered = 0;
  readonly #dropped = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  get queued(): number {
    return this.#queued;
  }

  /** A new event, queued. */
  enqueue(): void {
    this.#accepted += 1;
    this.#queued += 1;
  }

  /** A new event that is not for this output. */
  filter(): void {
    this.#accepted += 1;
    this.#filtered += 1;
  }

  /** A new event for which there is no room, or no output any more. */
  refuse(reason: DropReason): void {
    this.#accepted += 1;
    this.#count(reason, 1);
  }

  /** Backlog of an earlier run, read and queued. */
  adopt(count: number): void {
    this.#adopted += count;
    this.#queued += count;
  }

  /** Queued events dropped before they were handed on. */
  dropQueued(count: number, reason: DropReason): void {
    this.#queued -= count;
    this.#count(reason, count);
  }

  /** Queued events that another account of the same name takes over: there they are accepted anew. */
  withdraw(count: number): void {
    this.#accepted -= count;
    this.#queued -= count;
  }

  /** Queued events handed to the sink. */
  take(count: number): void {
    this.#queued -= count;
    this.#inFlight += count;
  }

  /** Events in flight go back to the queue: the sink asked to have them again. */
  giveBack(count: number): void {
    this.#inFlight -= count;
    this.#queued += count;
  }

  /** Events in flight, delivered. */
  deliver(count: number): void {
    this.#inFlight -= count;
    this.#delivered += count;
  }

  /** Events in flight, dropped. */
  dropInFlight(count: number, reason: DropReason): void {
    this.#inFlight -= count;
    this.#count(reason, count);
  }

  redeliver(count: number): void {
    this.#redelivered += count;
  }

  report(): OutputReport {
    return {
      name: this.name,
      accepted: this.#accepted,
      adopted: this.#adopted,
      delivered: this.#delivered,
      inFlight: this.#inFlight,
      queued: this.#queued,
      filtered: this.#filtered,
      dropped: Object.fromEntries(this.#dropped),
      redelivered: this.#redelivered,
    };
  }

  #count(reason: string, count: number): void {
    if (count <= 0) return;
    const isTold = this.#dropped.has(reason) || this.#dropped.size < MAX_REASONS;
    const key = isTold ? reason : OTHER;
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count);
  }
}
