/** A value that an attribute may be asked to have. Over the wire it is text: `42` finds the number and the text. */
type Wanted = string | number | boolean;

/** Which events are wanted, and how they are sent. */
export interface ClientFilter {
  /** Whole names, or `ns.*` for all below a namespace. */
  readonly wantedNames?: readonly string[] | undefined;
  /** A name (`warn`) or a number from 1 to 24. */
  readonly minSeverity?: string | number | undefined;
  /** Attributes by name, each with the value, or one of the values, that it must have. */
  readonly wantedAttributes?: Readonly<Record<string, Wanted | readonly Wanted[]>> | undefined;
  /** A frame that would be longer, in bytes, is left out, with a gap of the reason `size`. */
  readonly maxMessageBytes?: number | undefined;
}

/** How a client comes back. */
export interface ClientRetryOptions {
  /** The first wait, in milliseconds; each after it is twice as long, and a random part of it is left out. Default 500. */
  readonly initialMs?: number | undefined;
  /** The longest wait, in milliseconds. Default 30,000. */
  readonly maxMs?: number | undefined;
  /** Attempts in a row that may bring nothing. Default: no bound. */
  readonly maxAttempts?: number | undefined;
}

/** What a client does at the moment. */
export type ClientState = "connecting" | "replay" | "live" | "waiting" | "ended";

/** Options of {@link followStream}. */
export interface FollowOptions extends ClientFilter {
  /** The server's address: `http://127.0.0.1:4700`. */
  readonly url: string;
  /** Where to begin: an id, `earliest`, `latest`, or `time:` and an ISO time. Default `latest`. */
  readonly cursor?: string | undefined;
  /** The server's token, or what gives it before each attempt. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Gives a new ticket before each attempt; for browsers, which keep no token. */
  readonly ticket?: (() => string | Promise<string>) | undefined;
  /** Events in one frame at most. Default 256. */
  readonly batch?: number | undefined;
  readonly retry?: ClientRetryOptions | undefined;
  /** A connection that brings nothing for so many milliseconds, not even a heartbeat, is given up. Default 45,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Ends the following, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the state changes. */
  readonly onState?: ((state: ClientState) => void) | undefined;
  /** In the place of the global one: with certificates of one's own, or a proxy. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly timers?: ClientTimers | undefined;
  /** Numbers in [0, 1). */
  readonly random?: (() => number) | undefined;
}

/** The client's way to time. */
export interface ClientTimers {
  setTimer(callback: () => void, delayMs: number): { cancel(): void };
}

/** The defaults of a client. */
export const FOLLOW_DEFAULTS = {
  cursor: "latest",
  batch: 256,
  initialMs: 500,
  maxMs: 30_000,
  idleTimeoutMs: 45_000,
} as const;

/** The address to ask at, for what comes after the cursor. */
export function addressOf(
  { url, batch }: FollowOptions,
  filter: ClientFilter,
  cursor: string,
  ticket: string | undefined,
): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/$/, "")}/events`;
  const query = address.searchParams;
  query.set("cursor", cursor);
  query.set("batch", String(batch ?? FOLLOW_DEFAULTS.batch));
  for (const name of filter.wantedNames ?? []) query.append("wantedNames", name);
  if (filter.minSeverity !== undefined) query.set("minSeverity", String(filter.minSeverity));
  for (const [name, wanted] of Object.entries(filter.wantedAttributes ?? {})) {
    for (const value of Array.isArray(wanted) ? (wanted as readonly Wanted[]) : [wanted]) {
      query.append("wantedAttributes", `${name}=${String(value)}`);
    }
  }
  if (filter.maxMessageBytes !== undefined) query.set("maxMessageBytes", String(filter.maxMessageBytes));
  if (ticket !== undefined) query.set("ticket", ticket);
  return address.href;
}

/** Whether every event is asked for, so that none may be left out. */
export function isOpenFilter({ wantedNames, minSeverity, wantedAttributes }: ClientFilter): boolean {
  return wantedNames === undefined && minSeverity === undefined && wantedAttributes === undefined;
}
