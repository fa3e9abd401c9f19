import { createErrorFactory, errorCode, type ErrorDetails, PlumblineError, RetryableError } from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import { S3_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const s3Error: (code: keyof typeof S3_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(S3_ERRORS);

/** What a failed request says. */
export interface S3Failure {
  /** `undefined` where there was no answer. */
  readonly status: number | undefined;
  /** S3's code, the system's, or the error's name. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly isTransient: boolean;
  readonly retryAfterMs: number | undefined;
}

const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
/** The last one is answered to a clock that is wrong; the client sets itself right by that answer. */
const TRANSIENT_CODES = new Set(["RequestTimeout", "SlowDown", "TimeoutError", "RequestTimeTooSkewed"]);
const NETWORK_CODES =
  /^(?:ECONN(?:RESET|REFUSED|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE_CLOSE)$/;
const DIGEST_CODES = new Set([
  "BadDigest",
  "InvalidDigest",
  "XAmzContentChecksumMismatch",
  "XAmzContentSHA256Mismatch",
]);
const ROOM_CODES = new Set(["InsufficientCapacity", "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"]);
const REFUSED_STATUSES = new Set([301, 307, 401, 403]);

/** Reads a rejection of the client. */
export function failureOf(error: unknown): S3Failure {
  const { $metadata, $response } = (typeof error === "object" && error !== null ? error : {}) as {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  const code = errorCode(error);
  const status = $metadata?.httpStatusCode;
  const seconds = Number($response?.headers?.["retry-after"] ?? Number.NaN);
  return {
    status,
    code,
    isTransient:
      TRANSIENT_CODES.has(code) || NETWORK_CODES.test(code) || (status !== undefined && TRANSIENT_STATUSES.has(status)),
    retryAfterMs: seconds >= 0 ? seconds * 1000 : undefined,
  };
}

/** Whether the work may be done all the same: there was no answer, or one that a server in trouble, or something in between, gave in its place. */
export function isUnanswered({ status }: S3Failure): boolean {
  return status === undefined || status === 500 || status === 502 || status === 504;
}

/** Whether something was asked for that is not there. */
export function isMissing(error: unknown): boolean {
  const { status, code } = failureOf(error);
  return status === 404 && code !== "NoSuchBucket";
}

/**
 * The error to reject with. What the client threw is not among its causes: it holds the request's headers and, where a signature was refused, the key's id.
 * `doing` completes the sentence "S3 failed to …".
 */
export function toS3Error(error: unknown, doing: string): unknown {
  if (PlumblineError.isInstance(error) || RetryableError.isInstance(error)) return error;
  const { status, code, isTransient, retryAfterMs } = failureOf(error);
  if (code === "AbortError" || code === "ABORT_ERR") return error;
  const said = status === undefined ? code : `${status} ${code}`;
  const details = { code, ...(status === undefined ? {} : { status }) };
  const message = `S3 failed to ${doing} (${said}).`;
  if (DIGEST_CODES.has(code)) return handoffError("PLB_HANDOFF_MISMATCH", { message, details });
  if (ROOM_CODES.has(code) || status === 507) return handoffError("PLB_HANDOFF_NO_SPACE", { message, details });
  if (isTransient || code === "NoSuchUpload") {
    return new RetryableError(message, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  const isRefused = (status !== undefined && REFUSED_STATUSES.has(status)) || code === "NoSuchBucket";
  if (isRefused || /^Credentials|^Token|^InvalidAccessKey/.test(code))
    return s3Error("PLB_S3_REFUSED", { message, details });
  return s3Error("PLB_S3_UNEXPECTED", { message, details });
}
