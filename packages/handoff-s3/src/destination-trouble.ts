import { PlumblineError, RetryableError } from "@plumbline/core";

/**
 * A refusal, of what was let in before: credentials that have expired or cannot be had just now, a policy that was changed. It is no single file's, and may pass: a
 * `RetryableError` with the refusal's code. Any other error as it is.
 */
export function toTrouble(error: unknown): unknown {
  if (!PlumblineError.isInstance(error) || error.code !== "PLB_S3_REFUSED") return error;
  return Object.assign(new RetryableError(error.message, { cause: error }), { code: error.code });
}
