import type { PlumblineError } from "@plumbline/core";
import { otlpError } from "../otlp-error.ts";
import { readFailure, readSuccess } from "./answer-body.ts";
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from "./retry-after.ts";
import type { TransportAnswer } from "./transport.ts";

/** What an answer means for what was sent. */
export type Verdict =
  | {
      readonly kind: "delivered";
      /** How many of the request's items the receiver rejected. */
      readonly rejected: number;
      readonly message: string;
      /** Whether the answer's body was what OTLP says it is. */
      readonly isReadable: boolean;
    }
  | { readonly kind: "retry"; readonly afterMs: number | undefined; readonly error: PlumblineError }
  | { readonly kind: "tooLarge"; readonly error: PlumblineError }
  | { readonly kind: "refused"; readonly error: PlumblineError };

/** Those that say "not now", all of them. Source: OTLP specification, "Retryable Response Codes". */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const TOO_LARGE = 413;

/**
 * Reads an answer as the specification says: 2xx has it, in part where the body says so; four statuses have it sent again; all else is final.
 * `shown` makes what the receiver says fit to be shown.
 */
export function judge(answer: TransportAnswer, host: string, nowMs: number, shown: (text: string) => string): Verdict {
  const { status, headers, body, isCut } = answer;
  const contentType = headers["content-type"];
  if (status >= 200 && status < 300) {
    const read = readSuccess(isCut ? Buffer.alloc(0) : body, contentType);
    return {
      kind: "delivered",
      rejected: read.rejected,
      message: shown(read.message),
      isReadable: read.isReadable && !isCut,
    };
  }
  const { message, retryDelayMs } = readFailure(isCut ? Buffer.alloc(0) : body, contentType);
  const details = { status, host };
  const said = message === "" ? "." : `: ${shown(message)}`;
  if (RETRYABLE.has(status)) {
    const delay = retryDelayMs === undefined ? undefined : Math.min(retryDelayMs, MAX_RETRY_AFTER_MS);
    return {
      kind: "retry",
      afterMs: parseRetryAfter(headers["retry-after"], headers.date, nowMs) ?? delay,
      error: otlpError("PLB_OTLP_BUSY", { message: `${host} answered with status ${status}${said}`, details }),
    };
  }
  if (status === TOO_LARGE) {
    return { kind: "tooLarge", error: otlpError("PLB_OTLP_TOO_LARGE", { details }) };
  }
  if (status >= 300 && status < 400) {
    const text = `${host} answered with a redirect (status ${status}), which is not followed.`;
    return { kind: "refused", error: otlpError("PLB_OTLP_REDIRECTED", { message: text, details }) };
  }
  return {
    kind: "refused",
    error: otlpError("PLB_OTLP_REFUSED", {
      message: `${host} refused the batch with status ${status}${said}`,
      details,
    }),
  };
}
