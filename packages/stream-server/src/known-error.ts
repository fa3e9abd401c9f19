import { errorCode, PlumblineError } from "@plumbline/core";
import type { StreamDiagnostics } from "@plumbline/stream";
import { isForGood } from "./close-code.ts";
import { serverError } from "./server-error.ts";

/**
 * The error as a subscriber is told it: with the code of ours that it has, or as `PLB_SERVE_INTERNAL`. One that neither asked for what cannot be, nor is an end or a
 * refusal of the server's own, is first told to the operator.
 */
export function knownError(
  error: unknown,
  message: string,
  diagnostics: Pick<StreamDiagnostics, "error"> | undefined,
): PlumblineError {
  const isOurs = PlumblineError.isInstance(error);
  const code = errorCode(error);
  if (!isOurs) diagnostics?.error(message, { code });
  else if (!isForGood(code) && !code.startsWith("PLB_SERVE_"))
    diagnostics?.error(message, { code, message: error.message });
  return isOurs ? error : serverError("PLB_SERVE_INTERNAL", { cause: error });
}
