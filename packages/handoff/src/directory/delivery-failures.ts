import { errorCode, type PlumblineError, RetryableError } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";

/** What a disk, a mount or a server is in trouble with, and no single file. */
const OF_THE_PLACE = [
  "EIO",
  "EROFS",
  "ESTALE",
  "ENOTCONN",
  "ENODEV",
  "ENXIO",
  // Staging and destination stood on one file system at the start: one of them was mounted anew since.
  "EXDEV",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ETIMEDOUT",
];

/**
 * `PLB_HANDOFF_NO_SPACE` for a disk or quota that is full; a `RetryableError` with the system's code where the place is in trouble, or its folders are gone, as those of a
 * file system that is not mounted are; any other error as it is.
 */
export function toDiskError(error: unknown): unknown {
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return handoffError("PLB_HANDOFF_NO_SPACE", { cause: error, details: { code } });
  }
  if (code === "ENOENT") return retryable("the staging folder is gone: is it mounted?", code, error);
  return OF_THE_PLACE.includes(code) ? retryable(`the destination is in trouble (${code})`, code, error) : error;
}

function retryable(message: string, code: string, cause: unknown): Error {
  return Object.assign(new RetryableError(message, { cause }), { code });
}

/** `PLB_HANDOFF_MISMATCH`. */
export function wrongContent(name: string, expected: number, found: number): PlumblineError {
  const what = expected === found ? "other content of the same size" : `${found} bytes instead of ${expected}`;
  return handoffError("PLB_HANDOFF_MISMATCH", {
    message: `${name} did not arrive as it was sent: there are ${what}.`,
    details: { name, expected, found },
  });
}

/** `PLB_HANDOFF_ORDER`. */
export function outOfOrder(): PlumblineError {
  return handoffError("PLB_HANDOFF_ORDER");
}
