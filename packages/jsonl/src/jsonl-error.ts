import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { JSONL_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const jsonlError: (code: keyof typeof JSONL_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(JSONL_ERRORS);
