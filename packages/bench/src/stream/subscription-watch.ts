import { nowMicros } from "./journal-lines.ts";
import { digitsAt, placeOfNumber, SequenceOracle, type Findings } from "./sequence-oracle.ts";

const SENT = Buffer.from('"sent":');
/** The time around the cut-over in which a pause is its pause. */
const [BEFORE_MICROS, AFTER_MICROS] = [100_000, 250_000];
/** A subscriber that leaves waits for so long for what comes late. */
export const LATE_MS = 200;
const EVENTS_HEAD = Buffer.from('{"kind":"events"');
const PLURAL = EVENTS_HEAD.length - 2;

/** What one subscriber saw, and when. Times are microseconds of the machine's clock. */
export interface Watched extends Findings {
  /** It came. */
  readonly startedMicros: number;
  /** The last event came. */
  readonly lastMicros: number;
  /** The longest time between two arrivals around the first event that was emitted after the subscriber came; 0 where there was none. */
  readonly cutOverMicros: number;
}

/** Watches what one subscriber is sent. */
export class SubscriptionWatch {
  readonly #oracle: SequenceOracle;
  readonly #startedMicros = nowMicros();
  readonly #latencies: number[] | undefined;
  readonly #stay: number | undefined;
  readonly #arrivals: number[] = [];
  #firstLiveMicros = 0;
  #lastMicros = 0;
  #arrivedMicros = 0;

  /**
   * With `latencies`, how long each event took is put there, in microseconds. With `stay`, what comes more than so many events behind the first that is newer
   * than the subscriber is not looked at.
   */
  constructor([first, last]: readonly [number, number], latencies: number[] | undefined, stay?: number) {
    this.#oracle = new SequenceOracle(first, last);
    this.#latencies = latencies;
    this.#stay = stay;
  }

  get oracle(): SequenceOracle {
    return this.#oracle;
  }

  /** Bytes have come; what is in them follows. */
  arrived(): void {
    this.#arrivedMicros = nowMicros();
    this.#arrivals.push(this.#arrivedMicros);
  }

  /** The payload of a frame, of one event or of several: each has its number once. */
  payload(bytes: Buffer, start: number, end: number): void {
    if (!beginsBatch(bytes, start, end)) this.line(bytes, start, end);
    else for (let at = start; at >= 0;) at = this.line(bytes, at, end);
  }

  /** The text of an event's line; of anything else nothing is taken. Gives a place behind its number, or -1. */
  line(bytes: Buffer, start: number, end: number): number {
    const numberAt = placeOfNumber(bytes, start, end);
    if (numberAt < 0) return -1;
    const n = digitsAt(bytes, numberAt);
    this.#oracle.take(n);
    this.#lastMicros = this.#arrivedMicros;
    const isToBeFound = this.#stay !== undefined && this.#firstLiveMicros === 0;
    if (!isToBeFound && this.#latencies === undefined) return numberAt;
    const at = bytes.indexOf(SENT, numberAt);
    const sent = at < 0 || at >= end ? 0 : digitsAt(bytes, at + SENT.length);
    if (sent === 0) return numberAt;
    if (sent > this.#startedMicros && this.#firstLiveMicros === 0) {
      this.#firstLiveMicros = this.#arrivedMicros;
      if (this.#stay !== undefined) this.#oracle.endAt(n + this.#stay);
    }
    this.#latencies?.push(this.#arrivedMicros - sent);
    return numberAt;
  }

  watched(): Watched {
    return {
      ...this.#oracle.findings(),
      startedMicros: this.#startedMicros,
      lastMicros: this.#lastMicros,
      cutOverMicros: this.#cutOver(),
    };
  }

  #cutOver(): number {
    const at = this.#firstLiveMicros;
    if (at === 0) return 0;
    const near = this.#arrivals.filter((each) => each >= at - BEFORE_MICROS && each <= at + AFTER_MICROS);
    return near.reduce((longest, each, index) => Math.max(longest, each - (near[index - 1] ?? each)), 0);
  }
}

/** Looked at where it differs from the head of a single event first: that is what most payloads are. */
function beginsBatch(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start + PLURAL] !== EVENTS_HEAD[PLURAL] || start + EVENTS_HEAD.length > end) return false;
  return bytes.compare(EVENTS_HEAD, 0, EVENTS_HEAD.length, start, start + EVENTS_HEAD.length) === 0;
}
