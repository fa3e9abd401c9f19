import { isForGood } from "../close-code.ts";
import { StreamClientError } from "./client-error.ts";
import type { ClientItem } from "./client-item.ts";
import type { ClientTimers } from "./client-options.ts";
import { readFrame } from "./read-frame.ts";
import { readBody, readText } from "./response-body.ts";
import { ServerEventReader } from "./server-event-reader.ts";

/** What one connection needs. */
export interface AttemptOptions {
  readonly address: string;
  /** Whether the cursor in it is one that came from the server. */
  readonly isGiven: boolean;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
  readonly timers: ClientTimers;
  readonly fetch: typeof globalThis.fetch;
}

/** A connection that ended, and may be tried again: after so many milliseconds at least, where the server said so. */
export class Interrupted extends Error {
  readonly retryAfterMs: number;
  /** Whether the credentials were refused, which new ones may mend. */
  readonly isUnauthorized: boolean;

  constructor(cause: unknown, retryAfterMs = 0, isUnauthorized = false) {
    super("The connection ended.", { cause });
    this.retryAfterMs = retryAfterMs;
    this.isUnauthorized = isUnauthorized;
  }
}

/**
 * One connection, from the request to its end. Reads no faster than it is asked to: the socket holds back the rest. Throws {@link Interrupted} where trying
 * again may help, `PLB_SERVE_CLIENT_REFUSED` and `PLB_SERVE_CLIENT_PROTOCOL` where not.
 */
export async function* attempt(options: AttemptOptions): AsyncGenerator<ClientItem, void, undefined> {
  const cut = new AbortController();
  const onAbort = (): void => cut.abort();
  options.signal.addEventListener("abort", onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  const idle = (): { cancel(): void } => options.timers.setTimer(onAbort, options.idleTimeoutMs);
  try {
    const reader = await withTimer(idle, () => connect(options, cut.signal));
    const events = new ServerEventReader();
    for (;;) {
      const { done, value } = await withTimer(idle, () => interruptible(() => reader.read()));
      if (done) throw new Interrupted(undefined);
      const received = events.push(value);
      if (received === undefined) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
      for (const { data } of received) {
        const frame = readFrame(data);
        if (frame.kind !== "error") yield frame;
        else if (isForGood(frame.code)) throw refused(frame.code, frame.message);
        else throw new Interrupted(new Error(frame.code));
      }
    }
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    cut.abort();
  }
}

async function connect(
  { address, isGiven, token, fetch }: AttemptOptions,
  signal: AbortSignal,
): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const headers = { accept: "text/event-stream", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await interruptible(() => fetch(address, { headers, signal, redirect: "error" }));
  if (!response.ok) throw await refusalOf(response, signal, isGiven);
  const isEvents = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (response.body === null || !isEvents) throw new StreamClientError("PLB_SERVE_CLIENT_PROTOCOL");
  return readBody(response.body, signal);
}

async function refusalOf(response: Response, signal: AbortSignal, isGiven: boolean): Promise<Error> {
  const { status } = response;
  const { code, message } = errorIn(await interruptible(() => readText(response, signal)));
  const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * 1000;
  if (status === 401) return new Interrupted(refused(code, message), 0, true);
  // What was cut off in its midst may say anything.
  if (status >= 500 || status === 429 || status === 408 || signal.aborted) {
    return new Interrupted(new Error(code), Number.isFinite(retryAfterMs) ? retryAfterMs : 0);
  }
  // The journal has lost its end with the machine, and its next run says so with a gap.
  if (isGiven && code === "PLB_STREAM_CURSOR_FUTURE") return new Interrupted(refused(code, message));
  return refused(code, message);
}

function errorIn(body: string): { code: string; message: string } {
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    if (typeof code === "string") return { code, message: String(message) };
  } catch {
    return NOT_OURS; // the page of a proxy, or of something else
  }
  return NOT_OURS;
}

const NOT_OURS = { code: "unknown", message: "the answer is not one of a stream server" } as const;

function refused(code: string, message: string): StreamClientError {
  return new StreamClientError("PLB_SERVE_CLIENT_REFUSED", {
    message: `The stream server refused the subscription (${code}): ${message}`,
    details: { code },
  });
}

/** What the network throws is worth another attempt. */
async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Interrupted(error);
  }
}

async function withTimer<T>(start: () => { cancel(): void }, work: () => Promise<T>): Promise<T> {
  const timer = start();
  try {
    return await work();
  } finally {
    timer.cancel();
  }
}
