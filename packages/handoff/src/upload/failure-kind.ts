import { errorCode, RetryableError } from "@plumbline/core";

/** These say that the destination is in trouble, or this process, not the file: they are tried for as long as it takes. */
const FAR_SIDE_CODES = [
  "PLB_HANDOFF_NO_SPACE",
  "ENOSPC",
  "EDQUOT",
  "EMFILE",
  "ENFILE",
  "ENOTCONN",
  "EHOSTDOWN",
  "ENETDOWN",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ESTALE",
  "EROFS",
];
/** Another try of the same file changes nothing. */
const FINAL_CODES = ["PLB_HANDOFF_NAME_TAKEN", "PLB_HANDOFF_NAME_UNSUITABLE"];

/**
 * Whose a failure is, and whether another try may mend it: `place` for a destination or a process in trouble; `passing` for what may pass, whosever it is; `own` for the file's;
 * `final` for a file's that no other try mends.
 */
export type FailureKind = "place" | "passing" | "own" | "final";

export function kindOfFailure(error: unknown): FailureKind {
  const code = errorCode(error);
  if (FINAL_CODES.includes(code)) return "final";
  if (FAR_SIDE_CODES.includes(code)) return "place";
  return RetryableError.isInstance(error) ? "passing" : "own";
}
