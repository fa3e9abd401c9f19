import { attempt, Interrupted } from "./attempt.ts";
import { StreamClientError } from "./client-error.ts";
import type { ClientItem } from "./client-item.ts";
import {
  addressOf,
  FOLLOW_DEFAULTS,
  isOpenFilter,
  type ClientFilter,
  type ClientState,
  type ClientTimers,
  type FollowOptions,
} from "./client-options.ts";
import { SequenceCheck } from "./sequence-check.ts";

/** A stream that is followed over as many connections as it takes. */
export interface StreamFollower extends AsyncIterableIterator<ClientItem, undefined> {
  /** The position behind what was given last: where another follower goes on. After a start by time it is that time, until an event of it is there. */
  readonly cursor: string;
  readonly state: ClientState;
  /** Takes another filter, for everything behind {@link cursor} as it is when the change is asked for. */
  setFilter(filter: ClientFilter): void;
  close(): Promise<void>;
}

/**
 * Follows a stream server: the same batches, gaps and progress as a subscription in the server's process, each event once and in order. A connection that
 * ends is made anew from the cursor, with growing waits that are random in part; nothing is read faster than `next` is called. For Node and browsers.
 *
 * `next` rejects with `PLB_SERVE_CLIENT_REFUSED`, `PLB_SERVE_CLIENT_SEQUENCE`, `PLB_SERVE_CLIENT_PROTOCOL` or `PLB_SERVE_CLIENT_GIVEN_UP`. Calls of it are served
 * one after the other. After an abort of the signal, and after `close`, it ends without an error.
 */
export function followStream(options: FollowOptions): StreamFollower {
  return new FetchFollower(options);
}

/** So often in a row new credentials may be refused, and newer ones be asked for. */
const MAX_REFUSALS = 2;

const SYSTEM_TIMERS: ClientTimers = {
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

class FetchFollower implements StreamFollower {
  readonly #options: FollowOptions;
  readonly #timers: ClientTimers;
  readonly #check: SequenceCheck;
  readonly #end = new AbortController();
  readonly #items: AsyncGenerator<ClientItem, undefined, undefined>;
  readonly #onAbort = (): void => this.#end.abort();
  /** Ends the connection under way. */
  #cut = new AbortController();
  #filter: ClientFilter;
  #cursor: string;
  #isGiven = false;
  #state: ClientState = "connecting";
  /** Attempts in a row that brought nothing, and those of them whose credentials were refused. */
  #failures = 0;
  #refusals = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#filter = options;
    this.#cursor = options.cursor ?? FOLLOW_DEFAULTS.cursor;
    this.#check = new SequenceCheck(isOpenFilter(options));
    this.#check.begin(this.#cursor);
    this.#items = this.#run();
    this.#end.signal.addEventListener("abort", () => this.#cut.abort());
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#end.abort();
  }

  get cursor(): string {
    return this.#cursor;
  }

  get state(): ClientState {
    return this.#state;
  }

  next(): Promise<IteratorResult<ClientItem, undefined>> {
    return this.#items.next();
  }

  async return(): Promise<IteratorResult<ClientItem, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  setFilter(filter: ClientFilter): void {
    this.#filter = filter;
    this.#check.filterBy(isOpenFilter(filter));
    this.#cut.abort();
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#items.return(undefined);
  }

  async *#run(): AsyncGenerator<ClientItem, undefined, undefined> {
    try {
      while (!this.#end.signal.aborted) {
        this.#cut = new AbortController();
        const { signal } = this.#cut;
        try {
          yield* this.#connection(signal);
        } catch (error) {
          if (this.#end.signal.aborted) break;
          // Cut for another filter: at once, from the cursor.
          if (signal.aborted) continue;
          await this.#wait(this.#delayAfter(error));
        }
      }
      return undefined;
    } finally {
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      this.#tell("ended");
    }
  }

  async *#connection(signal: AbortSignal): AsyncGenerator<ClientItem, void, undefined> {
    const { fetch = globalThis.fetch, idleTimeoutMs = FOLLOW_DEFAULTS.idleTimeoutMs } = this.#options;
    this.#tell("connecting");
    const credentials = await unlessAborted(this.#credentials(), signal);
    if (credentials === undefined) return;
    const [token, ticket] = credentials;
    const address = addressOf(this.#options, this.#filter, this.#cursor, ticket);
    const cursor = { address, isGiven: this.#isGiven };
    for await (const item of attempt({ ...cursor, token, signal, idleTimeoutMs, timers: this.#timers, fetch })) {
      if (signal.aborted) return; // what came after the cut is not this filter's
      this.#check.take(item);
      this.#cursor = item.cursor;
      this.#isGiven = true;
      this.#failures = 0;
      this.#refusals = 0;
      if (item.kind === "progress") this.#tell(item.isLive ? "live" : "replay");
      else if (this.#state === "connecting") this.#tell("replay");
      yield item;
    }
  }

  async #credentials(): Promise<[token: string | undefined, ticket: string | undefined]> {
    const { token, ticket } = this.#options;
    try {
      return [typeof token === "function" ? await token() : token, await ticket?.()];
    } catch (error) {
      throw new Interrupted(error);
    }
  }

  /** For how long to wait before the next attempt; throws where none is to be made. */
  #delayAfter(error: unknown): number {
    if (!(error instanceof Interrupted)) throw error;
    const { token, ticket, retry = {}, random = Math.random } = this.#options;
    this.#failures += 1;
    const mayHaveNew = typeof token === "function" || ticket !== undefined;
    if (error.isUnauthorized) this.#refusals += 1;
    if (error.isUnauthorized && (!mayHaveNew || this.#refusals > MAX_REFUSALS)) throw error.cause;
    if (this.#failures >= (retry.maxAttempts ?? Number.POSITIVE_INFINITY)) {
      throw new StreamClientError("PLB_SERVE_CLIENT_GIVEN_UP", {
        cause: error.cause,
        details: { attempts: this.#failures, cursor: this.#cursor },
      });
    }
    const { initialMs = FOLLOW_DEFAULTS.initialMs, maxMs = FOLLOW_DEFAULTS.maxMs } = retry;
    const fullMs = Math.min(maxMs, initialMs * 2 ** Math.min(this.#failures - 1, 30));
    return Math.max(error.retryAfterMs, fullMs * (0.5 + random() / 2));
  }

  async #wait(ms: number): Promise<void> {
    this.#tell("waiting");
    const { signal } = this.#end;
    await new Promise<void>((resolve) => {
      const leave = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const timer = this.#timers.setTimer(leave, ms);
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });
  }

  #tell(state: ClientState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}

/** What comes of the work, or `undefined` at once when the signal aborts, or has: the work may never end. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(undefined);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
