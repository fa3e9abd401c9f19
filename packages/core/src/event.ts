import type { AnyMap, AnyValue, AttributesInput } from "./attributes.ts";
import type { Severity, SeverityName, SeverityNumber } from "./severity.ts";

/** The signal a line carries. Logs are the default and stand in no line. */
export type Signal = "logs" | "traces" | "metrics";

/** A time as a caller may give it: a `Date`, milliseconds as a number, nanoseconds as a bigint, or ISO 8601 text. */
export type TimeInput = Date | number | bigint | string;

/** The instrumentation scope that an event comes from. */
export interface Scope {
  readonly name: string;
  readonly version?: string;
}

/** The trace context that an event stands in. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** W3C trace flags, 0 to 255. */
  readonly flags: number;
}

/** An event as it enters the pipeline. Everything in it is raw: nothing is redacted yet. */
export interface EventInput {
  readonly name?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly body?: unknown;
  readonly attributes?: AttributesInput | undefined;
  /** Becomes `exception.type`, `exception.message` and `exception.stacktrace`, with the chain of causes. */
  readonly error?: unknown;
  readonly time?: TimeInput | undefined;
  readonly observedTime?: TimeInput | undefined;
  readonly trace?: TraceContext | undefined;
  readonly scope?: Scope | undefined;
  readonly droppedAttributes?: number | undefined;
  readonly signal?: Signal | undefined;
}

/**
 * What a processor sees: the event before the walk, mutable, raw, in the service's own trust.
 * `severity` is already a number and `attributes` is a fresh null-prototype object that the processor may change.
 */
export interface EventDraft {
  name: string | undefined;
  severity: SeverityNumber;
  body: unknown;
  attributes: Record<string, unknown>;
  error: unknown;
  time: TimeInput | undefined;
  observedTime: TimeInput | undefined;
  trace: TraceContext | undefined;
  scope: Scope | undefined;
  droppedAttributes: number;
  signal: Signal;
}

/** An event read back from its line. */
export interface TelemetryEvent {
  readonly id: string | undefined;
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly time: bigint;
  readonly observedTime: bigint | undefined;
  readonly severity: SeverityNumber;
  readonly severityText: SeverityName | (string & {});
  readonly name: string | undefined;
  readonly body: AnyValue | undefined;
  readonly attributes: AnyMap;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly flags: number | undefined;
  readonly scope: Scope | undefined;
  readonly resource: AnyMap | undefined;
  readonly droppedAttributes: number;
  readonly signal: Signal;
}

/** A stretch of a buffer. */
export interface ByteStretch {
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind the last. */
  readonly end: number;
}

/**
 * One event as its redacted JSON line: the only form in which it leaves the walk.
 * Immutable but for `id`, which the journal gives once, at the commit.
 */
export interface EventLine {
  /** The JSON text, without the newline; with the `id` first where it has one. */
  readonly line: string;
  /**
   * Where that text is put together only when it is asked for: the flat text of which `line` consists, behind `{"id":"…",` with the `id`, or behind
   * `{` without one.
   */
  readonly rest?: string;
  /**
   * The UTF-8 of `line`, where it stands in memory already, with a line feed behind it. To be read in the tick in which it was asked for, and not to be
   * changed: the buffer is used again. Not known where it is left out or `undefined`.
   */
  readonly utf8?: ByteStretch | undefined;
  /** `epoch:seq`, where the event comes from a journal. */
  readonly id: string | undefined;
  /** Nanoseconds since 1970-01-01T00:00:00Z. */
  readonly time: bigint;
  readonly severity: SeverityNumber;
  readonly name: string | undefined;
  readonly signal: Signal;
  /**
   * Bytes that the text takes in memory, known without building it: what queues are bounded by. One for a UTF-16 code unit of the
   * line, two when any of them is beyond U+00FF, as V8 keeps it; without the `id`, and without what any object costs.
   */
  readonly size: number;
  /** The event, parsed lazily, once. Throws `PLB_LINE_INVALID` if the line is not an event. */
  event(): TelemetryEvent;
}
