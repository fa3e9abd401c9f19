import type { EventLine, Signal, TelemetryEvent } from "../event.ts";
import type { JournalLine } from "../line-record.ts";
import { parseLine } from "../parse-line.ts";
import type { SeverityNumber } from "../severity.ts";

/**
 * A line as a direct output's sink sees it: never with an id. The journal numbers the same line at some moment of its own, may take the
 * number back when the disk refuses it, and gives it to another line then; so an id would come and go by chance, and mislead.
 */
export class DirectLine implements EventLine {
  readonly id = undefined;
  readonly #line: JournalLine;
  #event: TelemetryEvent | undefined;

  constructor(line: JournalLine) {
    this.#line = line;
  }

  get line(): string {
    return `{${this.#line.rest}`;
  }

  get rest(): string {
    return this.#line.rest;
  }

  get time(): bigint {
    return this.#line.time;
  }

  get severity(): SeverityNumber {
    return this.#line.severity;
  }

  get name(): string | undefined {
    return this.#line.name;
  }

  get signal(): Signal {
    return this.#line.signal;
  }

  get size(): number {
    return this.#line.size;
  }

  event(): TelemetryEvent {
    this.#event ??= parseLine(this.line);
    return this.#event;
  }
}
