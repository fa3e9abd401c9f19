import type { LineEncoder, Signal } from "@plumbline/core";
import { createEncoder } from "./deliver/create-encoder.ts";
import type { RequestEncoder } from "./encode/request-encoder.ts";
import { otlpError } from "./otlp-error.ts";

/** Options of {@link createOtlpJsonEncoder}. */
export interface OtlpJsonEncoderOptions {
  /** The schema URL of the resource. */
  readonly schemaUrl?: string;
}

/**
 * Makes the encoder `otlp-json` for a plain file sink: each line becomes one export request in OTLP/JSON, which collectors read from files
 * (`otlpjsonfile`). Its `encode` throws `PLB_OTLP_LINE_INVALID` for a line that is no event, which none of ours is.
 * Source: OpenTelemetry specification, "OpenTelemetry Protocol File Exporter".
 */
export function createOtlpJsonEncoder({ schemaUrl }: OtlpJsonEncoderOptions = {}): LineEncoder {
  const encoders = new Map<Signal, RequestEncoder>();
  return {
    encode(line): string {
      const encoder = encoders.get(line.signal) ?? createEncoder(line.signal, "json", schemaUrl);
      encoders.set(line.signal, encoder);
      const { body, records } = encoder.encode([line], 0, Number.POSITIVE_INFINITY);
      if (records === 0) throw otlpError("PLB_OTLP_LINE_INVALID");
      return body.toString("utf8");
    },
  };
}
