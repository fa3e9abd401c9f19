import type { EventLine, Signal, TelemetryEvent } from "./event.ts";
import { parseLine } from "./parse-line.ts";
import { readHead } from "./serialize/line-head.ts";
import { flatten } from "./serialize/write-string.ts";
import type { SeverityNumber } from "./severity.ts";

/**
 * An event line of a text that was read from somewhere, without its newline. Of a line as our own writer makes it only the
 * head is read now (id, time, severity, name), and the rest by `event()`; any other is parsed at once.
 * Throws `PLB_LINE_INVALID` when the head, or the line, is not that of an event.
 */
export function eventLineFrom(line: string): EventLine {
  return new ReadLine(line);
}

class ReadLine implements EventLine {
  readonly line: string;
  readonly id: string | undefined;
  readonly time: bigint;
  readonly severity: SeverityNumber;
  readonly name: string | undefined;
  readonly signal: Signal;
  readonly size: number;
  #event: TelemetryEvent | undefined;

  constructor(line: string) {
    const head = readHead(line);
    if (head === undefined) this.#event = parseLine(line);
    const { id, time, severity, name, signal } = head ?? this.event();
    this.line = line;
    this.id = id;
    this.time = time;
    this.severity = severity;
    this.name = name;
    this.signal = signal;
    this.size = line.length * (flatten(line) ? 2 : 1);
  }

  event(): TelemetryEvent {
    this.#event ??= parseLine(this.line);
    return this.#event;
  }
}
