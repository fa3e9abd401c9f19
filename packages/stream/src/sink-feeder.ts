import {
  createBackoff,
  errorCode,
  writeBatch,
  type Backoff,
  type Clock,
  type EmitGuard,
  type EventLine,
  type OUTPUT_DEFAULTS,
  type Sink,
  type WriteResult,
} from "@plumbline/core";
import type { DeadLetters } from "./dead-letters.ts";
import type { DeliveryAccount } from "./delivery-account.ts";
import { Parking } from "./parking.ts";
import { Permits } from "./permits.ts";
import { streamError } from "./stream-error.ts";

/** How a sink is fed. */
export interface FeederOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly guard: EmitGuard;
  readonly random: () => number;
  readonly retry: (typeof OUTPUT_DEFAULTS)["retry"];
  readonly writeTimeoutMs: number;
  readonly concurrency: number;
  readonly account: DeliveryAccount;
  /** Words for a failure that quote nothing unredacted. */
  readonly describe: ((error: unknown) => string) | undefined;
  /** A kind of failure, told once. */
  readonly onFailure: (code: string, what: string, error: unknown) => void;
}

/** What became of lines that were to be delivered. */
export interface Fed {
  /** Whether each of them is settled; the feeder was stopped before where not. */
  readonly isSettled: boolean;
  /** How many of them, from the first on, are settled, or may have been delivered all the same. */
  readonly reached: number;
}

/** A batch on its way: what is left of it, and how it went so far. */
interface Attempt {
  readonly lines: readonly EventLine[];
  /** So many of them were handed out before, with an unknown outcome. */
  readonly repeated: number;
  count: number;
  /** When it failed first, by the monotonic clock. */
  failedAtMs: number | undefined;
  /** The sink may have delivered it with the last call. */
  isUncertain: boolean;
  /** It may have with any. */
  mayHaveArrived: boolean;
}

/** So many failures in a row, and the sink is left alone for a while even where a failure asks for no pause. */
const FAILURES_BEFORE_PAUSE = 3;
/** So many calls given up at their deadline and still not settled, and the sink gets no more until one is. */
const MAX_UNSETTLED_CALLS = 4;

/**
 * Hands batches to a sink until each event of them is settled: delivered, rejected by the far side, or set aside. What can mend is tried again, for
 * as long as the options say; a batch that the sink refuses for good is split until the events that it refuses stand alone.
 */
export class SinkFeeder {
  readonly #o: FeederOptions;
  readonly #backoff: Backoff;
  readonly #permits: Permits;
  readonly #pauses = new Set<Parking>();
  #isStopped = false;
  #isPatient = true;
  #failuresInRow = 0;
  /** Events set aside one after the other: it may be no event's fault. */
  #setAsideInRow = 0;
  #unsettledCalls = 0;
  #trouble: string | undefined;
  readonly #abort = new AbortController();

  constructor(options: FeederOptions) {
    this.#o = options;
    this.#backoff = createBackoff({ ...options.retry, random: options.random });
    this.#permits = new Permits(options.concurrency);
  }

  /** The code of the failure after which nothing was delivered yet. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * Resolves when every event is settled, or the feeder was stopped before. Never rejects. Events up to `uncertainCount` were
   * handed out before, with an unknown outcome.
   */
  async deliver(lines: readonly EventLine[], letters: DeadLetters, uncertainCount = 0): Promise<Fed> {
    const parts: (readonly EventLine[])[] = [lines];
    let repeated = Math.min(uncertainCount, lines.length);
    let reached = 0;
    // Behind what may have been delivered, whatever becomes of its parts later.
    let uncertain = repeated;
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const attempt = newAttempt(part, repeated);
      repeated = 0; // all of them are handed out with the first part, which is the whole
      const outcome = await this.#settle(attempt, letters);
      if (attempt.mayHaveArrived) uncertain = Math.max(uncertain, reached + part.length);
      if (outcome === "split") {
        const middle = Math.ceil(part.length / 2);
        parts.unshift(part.slice(0, middle), part.slice(middle));
        continue;
      }
      if (outcome === "stopped") return { isSettled: false, reached: Math.max(reached, uncertain) };
      reached += part.length;
    }
    return { isSettled: true, reached };
  }

  /** A pause is no longer waited for: what would need one is left. */
  hurry(): void {
    this.#isPatient = false;
    for (const pause of this.#pauses) pause.end();
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#isStopped = true;
    this.hurry();
    this.#permits.end();
    this.#abort.abort();
  }

  async #settle(attempt: Attempt, letters: DeadLetters): Promise<"settled" | "split" | "stopped"> {
    for (;;) {
      const isAllowed = await this.#permits.enter();
      if (!isAllowed || this.#isStopped) return "stopped";
      const result = await this.#send(attempt);
      this.#permits.leave();
      if (result === "stopped") return "stopped";
      if (result.kind === "delivered") return "settled";
      // A sink that answered nonsense did not throw: it may have delivered, and would once more for each half.
      const isEventsFault = result.kind === "failed" && result.code !== "PLB_SINK_RESULT_INVALID";
      if (isEventsFault && attempt.lines.length > 1) return "split";
      if (result.kind === "failed" || this.#isOver(attempt)) {
        await this.#setAside(attempt.lines, result, letters);
        return (await this.#pauseAfterFailures()) ? "settled" : "stopped";
      }
      if (!this.#isPatient) return "stopped";
      const late = await this.#pause(result.afterMs, result.late);
      if (late?.kind === "delivered" && attempt.isUncertain) {
        this.#o.account.take(attempt.lines.length);
        this.#delivered(attempt.lines.length, late);
        return "settled";
      }
    }
  }

  async #send(attempt: Attempt): Promise<"stopped" | Exclude<WriteResult, { kind: "retry" }> | Retry> {
    const { sink, clock, guard, writeTimeoutMs: timeoutMs, account, onFailure } = this.#o;
    const count = attempt.lines.length;
    account.take(count);
    account.redeliver(attempt.isUncertain ? count : attempt.count === 0 ? attempt.repeated : 0);
    attempt.isUncertain = false;
    attempt.count += 1;
    const deadline = new AbortController();
    const giveUp = (): void => deadline.abort();
    this.#abort.signal.addEventListener("abort", giveUp, { once: true });
    const outcome = await writeBatch(sink, attempt.lines, { clock, guard, timeoutMs, deadline });
    this.#abort.signal.removeEventListener("abort", giveUp);
    if (outcome.kind === "delivered") {
      this.#delivered(count, outcome);
      return outcome;
    }
    account.giveBack(count);
    if (outcome.kind === "timedOut") attempt.mayHaveArrived = true;
    if (outcome.kind === "timedOut" && this.#isStopped) return "stopped";
    if (outcome.kind === "failed") {
      this.#failed(outcome.code);
      onFailure(outcome.code, "write failed", outcome.error);
      return outcome;
    }
    attempt.failedAtMs ??= clock.monotonicMs();
    if (outcome.kind === "retry") {
      this.#failed(outcome.code);
      onFailure(outcome.code, "write failed and is tried again", outcome.error);
      return { ...outcome, late: undefined };
    }
    attempt.isUncertain = true;
    this.#failed("PLB_SINK_TIMEOUT");
    onFailure("PLB_SINK_TIMEOUT", `write did not settle within ${timeoutMs} ms`, undefined);
    const late = this.#follow(outcome.late);
    return { kind: "retry", code: "PLB_SINK_TIMEOUT", error: undefined, afterMs: undefined, late };
  }

  #delivered(count: number, { rejected, reason }: WriteResult & { kind: "delivered" }): void {
    const { account, onFailure } = this.#o;
    this.#failuresInRow = 0;
    this.#setAsideInRow = 0;
    this.#trouble = undefined;
    this.#backoff.reset();
    account.deliver(count - rejected);
    account.dropInFlight(rejected, "rejected");
    if (rejected > 0) onFailure("rejected", "the far side rejected events", reason);
  }

  #failed(code: string): void {
    this.#failuresInRow += 1;
    this.#trouble = code;
  }

  async #follow(late: Promise<WriteResult>): Promise<WriteResult> {
    this.#unsettledCalls += 1;
    const result = await late;
    this.#unsettledCalls -= 1;
    return result;
  }

  #isOver({ count, failedAtMs }: Attempt): boolean {
    const { retry, clock } = this.#o;
    return count >= retry.maxAttempts || clock.monotonicMs() - (failedAtMs ?? 0) > retry.maxElapsedMs;
  }

  async #setAside(lines: readonly EventLine[], result: Failure, letters: DeadLetters): Promise<void> {
    const { account, describe, onFailure } = this.#o;
    const reason = result.error === undefined ? undefined : describe?.(result.error);
    account.drop(lines.length, result.code);
    this.#setAsideInRow += 1;
    try {
      const kept = await letters.add(lines, result.code, reason);
      account.setAside(kept);
      if (kept === lines.length) return;
      const full = streamError("PLB_STREAM_DEAD_LETTERS_FULL");
      onFailure(full.code, full.message, undefined);
    } catch (error) {
      onFailure(errorCode(error), "dead letters could not be written", error);
    }
  }

  /** A sink that refuses one event after the other is left alone for a while each time. `false` when nobody waits for that any more. */
  async #pauseAfterFailures(): Promise<boolean> {
    if (this.#setAsideInRow < FAILURES_BEFORE_PAUSE) return !this.#isStopped;
    if (this.#isPatient) await this.#pause(undefined, undefined);
    return this.#isPatient;
  }

  /** Waits as long as the far side asks for, or the backoff; or until a call that was given up has delivered after all. */
  async #pause(afterMs: number | undefined, late: Promise<WriteResult> | undefined): Promise<WriteResult | undefined> {
    // A far side that asks for no wait at all is not believed for ever.
    const isOwnPace = afterMs === undefined || this.#failuresInRow > FAILURES_BEFORE_PAUSE;
    const ms = Math.max(afterMs ?? 0, isOwnPace ? this.#backoff.next() : 1);
    const settled: { result: WriteResult | undefined } = { result: undefined };
    const pause = new Parking(this.#o.clock);
    this.#pauses.add(pause);
    void late?.then((result) => {
      settled.result = result;
      if (result.kind === "delivered") pause.end();
    });
    do await pause.for(ms);
    while (this.#unsettledCalls >= MAX_UNSETTLED_CALLS && this.#isPatient && settled.result === undefined);
    this.#pauses.delete(pause);
    return settled.result;
  }
}

function newAttempt(lines: readonly EventLine[], repeated: number): Attempt {
  return { lines, repeated, count: 0, failedAtMs: undefined, isUncertain: false, mayHaveArrived: false };
}

interface Retry {
  readonly kind: "retry";
  readonly code: string;
  readonly error: unknown;
  readonly afterMs: number | undefined;
  /** What a call that was given up came to after all. */
  readonly late: Promise<WriteResult> | undefined;
}

interface Failure {
  readonly code: string;
  readonly error: unknown;
}
