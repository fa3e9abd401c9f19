import { errorCode, type PlumblineError } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";

/** `PLB_HANDOFF_NO_SPACE` for a disk or quota that is full, any other error as it is. */
export function toDiskError(error: unknown): unknown {
  const code = errorCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT" && code !== "EFBIG") return error;
  return handoffError("PLB_HANDOFF_NO_SPACE", { cause: error, details: { code } });
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
