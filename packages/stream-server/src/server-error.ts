import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { STREAM_SERVER_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const serverError: (code: keyof typeof STREAM_SERVER_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(STREAM_SERVER_ERRORS);
