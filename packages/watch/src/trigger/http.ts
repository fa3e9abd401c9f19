import { createSystemClock, type Clock } from "@plumbline/core";
import { watchError } from "../watch-error.ts";
import { optionInvalid, positive } from "../watch-settings.ts";
import { sendRequest, type HttpAnswer, type HttpAuth, type HttpTlsOptions } from "./http-request.ts";
import { triggerFailed, type Trigger } from "./trigger.ts";

/** A page of the target that shows whether the config is loaded, polled after the request. */
export interface HttpConfirmOptions {
  readonly url: string;
  /**
   * Whether an answer with the status 200 confirms; `before` is what the page said before the request, `undefined` when it could not be asked. Default: for `/api/v1/status/runtimeinfo` of
   * Prometheus and its kin, that `reloadConfigSuccess` is not false and `lastConfigTime` has moved, or is not before the request, by the target's own clock.
   */
  readonly isConfirmed?: (now: HttpAnswer, before: HttpAnswer | undefined) => boolean;
  /** Milliseconds between two looks. Default 250. */
  readonly intervalMs?: number;
  /** Milliseconds until it is given up. Default 30,000. */
  readonly timeoutMs?: number;
}

/** Options of {@link createHttpTrigger}. */
export interface HttpTriggerOptions extends HttpAuth {
  /** `http:` or `https:`, without credentials. */
  readonly url: string;
  /** Default `POST`. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** By which the target says that it has loaded its config. Default `[200]`. */
  readonly expectedStatuses?: readonly number[];
  /** By which it says that the config is bad, so that it is not asked again. Default none: many answer 500 to a bad config as well as to trouble of their own. */
  readonly rejectedStatuses?: readonly number[];
  /** Milliseconds for the request and its answer. Default 30,000. */
  readonly timeoutMs?: number;
  readonly tls?: HttpTlsOptions;
  readonly confirm?: HttpConfirmOptions;
  /** Called with the target's answer to each request for a reload, before it is judged: its body may say why. */
  readonly onAnswer?: (answer: HttpAnswer) => void;
  readonly clock?: Clock;
}

const DEFAULTS = { method: "POST", timeoutMs: 30_000, confirmIntervalMs: 250, confirmTimeoutMs: 30_000 };

/** A request to the target. Throws `PLB_WATCH_OPTION_INVALID`. */
export function createHttpTrigger(options: HttpTriggerOptions): Trigger {
  const url = toUrl("url", options.url);
  const confirmUrl = options.confirm === undefined ? undefined : toUrl("confirm.url", options.confirm.url);
  const { clock = createSystemClock(), expectedStatuses = [200], rejectedStatuses = [], confirm } = options;
  const timeoutMs = positive("timeoutMs", options.timeoutMs ?? DEFAULTS.timeoutMs);

  const send = (to: URL, method: string, body: string | undefined, signal: AbortSignal): Promise<HttpAnswer> => {
    const { headers = {}, tls, basicAuth, bearer } = options;
    const auth = { ...(basicAuth === undefined ? {} : { basicAuth }), ...(bearer === undefined ? {} : { bearer }) };
    return within(clock, timeoutMs, `The request to ${shown(to)}`, signal, (limit) =>
      sendRequest({ ...auth, url: to, method, headers, body, tls, signal: limit }),
    );
  };

  return {
    method: "http",
    async fire(signal): Promise<void> {
      signal.throwIfAborted();
      const before = confirmUrl === undefined ? undefined : await ask(() => send(confirmUrl, "GET", undefined, signal));
      signal.throwIfAborted();
      const answer = await send(url, options.method ?? DEFAULTS.method, options.body, signal);
      options.onAnswer?.(answer);
      const { status } = answer;
      if (rejectedStatuses.includes(status)) {
        throw watchError("PLB_WATCH_REJECTED", { message: `${shown(url)} refused the config: ${status}.` });
      }
      if (!expectedStatuses.includes(status)) {
        throw triggerFailed(`${shown(url)} answered ${status}`, undefined, { isAnswered: true, status });
      }
      if (confirm === undefined || confirmUrl === undefined) return;
      const { isConfirmed = hasLoaded, intervalMs = DEFAULTS.confirmIntervalMs } = confirm;
      const confirmTimeoutMs = confirm.timeoutMs ?? DEFAULTS.confirmTimeoutMs;
      const confirmed = async (limit: AbortSignal): Promise<void> => {
        for (;;) {
          const now = await ask(() => send(confirmUrl, "GET", undefined, limit));
          if (now?.status === 200 && isConfirmed(now, before)) return;
          await pause(clock, intervalMs, limit);
        }
      };
      const what = `The confirmation by ${shown(confirmUrl)}`;
      await within(clock, confirmTimeoutMs, what, signal, confirmed, { isAnswered: true });
    },
  };
}

/** The answer, or `undefined` when there was none: the page may be of another server, or restarting with the config. */
async function ask(send: () => Promise<HttpAnswer>): Promise<HttpAnswer | undefined> {
  try {
    return await send();
  } catch {
    return undefined;
  }
}

/** Its time has whole seconds: two reloads in one second show the same. */
function hasLoaded(now: HttpAnswer, before: HttpAnswer | undefined): boolean {
  const loaded = runtimeInfo(now);
  if (loaded === undefined || !loaded.isSuccess) return false;
  const last = before === undefined ? undefined : runtimeInfo(before);
  if (last !== undefined && loaded.timeMs !== last.timeMs) return true;
  return before?.dateMs !== undefined && loaded.timeMs >= before.dateMs;
}

function runtimeInfo({ body }: HttpAnswer): { readonly timeMs: number; readonly isSuccess: boolean } | undefined {
  try {
    const { data } = JSON.parse(body) as { data?: { lastConfigTime?: unknown; reloadConfigSuccess?: unknown } };
    const timeMs = Date.parse(String(data?.lastConfigTime));
    return Number.isNaN(timeMs) ? undefined : { timeMs, isSuccess: data?.reloadConfigSuccess !== false };
  } catch {
    return undefined; // no such page, or another form of it
  }
}

/** Runs a call under a signal that aborts with the given one, or after the time. Rejects with that one's reason, or with `PLB_WATCH_TRIGGER_FAILED`. */
async function within<Value>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  signal: AbortSignal,
  call: (limit: AbortSignal) => Promise<Value>,
  details?: Readonly<Record<string, unknown>>,
): Promise<Value> {
  const controller = new AbortController();
  let isTimedOut = false;
  const timer = clock.setTimer(() => {
    isTimedOut = true;
    controller.abort();
  }, timeoutMs);
  const onAbort = (): void => controller.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await call(controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isTimedOut) throw triggerFailed(`${what} did not end within ${timeoutMs} ms`, undefined, details);
    throw triggerFailed(`${what} failed`, error);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Rejects when the signal aborts. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(new DOMException("The wait was given up.", "AbortError"));
    };
    const timer = clock.setTimer(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function toUrl(option: string, text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw optionInvalid(option, "it is no URL"); // without the cause: it quotes the text
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw optionInvalid(option, "it is neither http nor https");
  if (url.username !== "" || url.password !== "") throw optionInvalid(option, "credentials belong into basicAuth");
  return url;
}

/** Without the query, which may hold a token. */
function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
