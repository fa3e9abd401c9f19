import { createErrorFactory, type ErrorDetails, type PlumblineError } from "@plumbline/core";
import { OTLP_ERRORS } from "./error-codes.ts";

/** The codes of {@link OTLP_ERRORS}. */
export type OtlpErrorCode = keyof typeof OTLP_ERRORS;

/** Makes an error of this package's catalogue. */
export const otlpError: (code: OtlpErrorCode, extra?: ErrorDetails) => PlumblineError = createErrorFactory(OTLP_ERRORS);
