import type { TelemetryEvent } from "./event.ts";

/** Reads a line back. Throws `PLB_LINE_INVALID` when it is not one event. */
export function parseLine(line: string): TelemetryEvent {
  throw new Error(`not built yet: ${line.length}`);
}
