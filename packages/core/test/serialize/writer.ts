import type { Clock } from "../../src/clock.ts";
import type { EventInput, TelemetryEvent } from "../../src/event.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import type { LineRecord } from "../../src/line-record.ts";
import { parseLine } from "../../src/parse-line.ts";
import type { Redactor } from "../../src/redact/redactor.ts";
import { createLineWriter, type LineWriter } from "../../src/serialize/write-line.ts";

/** 2026-11-20T21:57:03.123456Z */
export const NOW_MICROS = 1_795_211_823_123_456;

export const STILL_CLOCK: Clock = {
  nowMicros: () => NOW_MICROS,
  monotonicMs: () => 0,
  setTimer: () => ({ cancel: () => undefined }),
};

export function createWriter(
  options: {
    readonly limits?: Partial<Limits>;
    readonly redactor?: Redactor;
    readonly resource?: Record<string, unknown>;
  } = {},
): LineWriter {
  return createLineWriter({
    clock: STILL_CLOCK,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    redactor: options.redactor,
    resource: options.resource,
  });
}

/** The event that is read back from the line that is written of one. */
export function roundTrip(event: EventInput, writer: LineWriter = createWriter()): TelemetryEvent {
  return parseLine(writer.write(event, 9).line);
}

/** What `JSON.parse` gives for one attribute. */
export function writtenJson(value: unknown, writer: LineWriter = createWriter()): unknown {
  const line = writer.write({ attributes: { value } }, 9);
  return attributesOf(line)["value"];
}

/** The attributes of a line as `JSON.parse` gives them, tags and all. */
export function attributesOf(line: LineRecord): Record<string, unknown> {
  return (JSON.parse(line.line) as { attributes?: Record<string, unknown> }).attributes ?? {};
}
