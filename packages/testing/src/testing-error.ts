import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { TESTING_ERRORS } from "./error-codes.ts";

/** Makes an error of this package's catalogue. */
export const testingError: (code: keyof typeof TESTING_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(TESTING_ERRORS);
