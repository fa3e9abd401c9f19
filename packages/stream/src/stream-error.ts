import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { STREAM_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const streamError: (code: keyof typeof STREAM_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(STREAM_ERRORS);
