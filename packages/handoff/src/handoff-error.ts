import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { HANDOFF_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue; for destinations of other packages too. */
export const handoffError: (code: keyof typeof HANDOFF_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(HANDOFF_ERRORS);
