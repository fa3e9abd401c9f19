import type { Signal } from "@plumbline/core";
import { createLogsEncoder } from "../encode/logs-encoder.ts";
import type { OtlpForm, RequestEncoder } from "../encode/request-encoder.ts";

/** The encoder of one signal's lines. */
export function createEncoder(signal: Signal, form: OtlpForm, schemaUrl: string | undefined): RequestEncoder {
  const options = { form, ...(schemaUrl === undefined ? {} : { schemaUrl }) };
  if (signal !== "logs") throw new TypeError(signal);
  return createLogsEncoder(options);
}
