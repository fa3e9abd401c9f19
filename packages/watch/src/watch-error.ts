import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { WATCH_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const watchError: (code: keyof typeof WATCH_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(WATCH_ERRORS);
