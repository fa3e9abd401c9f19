import type { Signal } from "@plumbline/core";
import { createLogsEncoder } from "../encode/logs-encoder.ts";
import { createParsedEncoder } from "../encode/parsed-encoder.ts";
import type { OtlpForm, RequestEncoder } from "../encode/request-encoder.ts";

/** The encoder of one signal's lines. */
export function createEncoder(signal: Signal, form: OtlpForm, schemaUrl: string | undefined): RequestEncoder {
  const options = { form, ...(schemaUrl === undefined ? {} : { schemaUrl }) };
  return signal === "logs" ? createLogsEncoder(options) : createParsedEncoder(signal, options);
}
