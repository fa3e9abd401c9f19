import type { EventLine } from "@plumbline/core";

/** The forms of a request's body. Source: OTLP specification, "OTLP/HTTP". */
export type OtlpForm = "protobuf" | "json";

/** One request's body, and what stands in it. */
export interface EncodedRequest {
  /** Its own bytes: nothing of the encoder is shared with it. Empty when nothing is in it. */
  readonly body: Buffer;
  /** Where in the lines the next request begins. */
  readonly end: number;
  /** How many lines it holds. */
  readonly records: number;
  /** How many of the lines could not be read, and are left out. */
  readonly invalid: number;
}

/** Options of an encoder. */
export interface RequestEncoderOptions {
  /** Default `protobuf`. */
  readonly form?: OtlpForm;
  /** The schema URL of a resource whose lines name none. */
  readonly schemaUrl?: string;
}

/** Encodes lines of one signal as export requests. One at a time: it works in buffers of its own, which it uses again. */
export interface RequestEncoder {
  /**
   * Encodes lines from the index `from` on, as many as are bounded by `maxBytes`, but at least one. They keep their order within a resource and
   * scope.
   */
  encode(lines: readonly EventLine[], from: number, maxBytes: number): EncodedRequest;
}
