import { LineRecord, type Clock, type EventInput, type JournalLine, type SeverityNumber } from "@plumbline/core";

const WARN: SeverityNumber = 13;

/** Makes lines from events: the pipeline's line writer, or the plain one here. */
export interface RecordWriter {
  write(event: EventInput, severity: SeverityNumber): JournalLine;
}

/**
 * Counts lines dropped at the bound, and makes the one record that says how many, why, and in which span of time, when
 * there is room again. What was dropped never had an id, so the ids show no hole: this record does.
 */
export class LossRecord {
  readonly #clock: Clock;
  readonly #writer: RecordWriter;
  #count = 0;
  #fromMicros = 0;
  #toMicros = 0;
  #cause = "";

  constructor(clock: Clock, writer: RecordWriter | undefined) {
    this.#clock = clock;
    this.#writer = writer ?? createPlainWriter(clock);
  }

  /** One more line was dropped. */
  count(): void {
    this.#toMicros = this.#clock.nowMicros();
    if (this.#count === 0) this.#fromMicros = this.#toMicros;
    this.#count += 1;
  }

  /** What keeps lines from going out, as a code. */
  blame(code: string): void {
    this.#cause = code;
  }

  /** The record of what was lost since the last one, if anything was. */
  take(): JournalLine | undefined {
    if (this.#count === 0) return undefined;
    const attributes = {
      "plumbline.dropped.count": this.#count,
      "plumbline.dropped.reason": "overflow",
      "plumbline.dropped.cause": this.#cause === "" ? "load" : this.#cause,
      "plumbline.dropped.from": iso(this.#fromMicros),
      "plumbline.dropped.to": iso(this.#toMicros),
    };
    this.#count = 0;
    this.#cause = "";
    return this.#writer.write({ name: "plumbline.lines.dropped", severity: WARN, attributes }, WARN);
  }
}

function createPlainWriter(clock: Clock): RecordWriter {
  return {
    write(event, severity): JournalLine {
      const micros = clock.nowMicros();
      const text = JSON.stringify({ time: iso(micros), severity: "WARN", name: event.name, attributes: event.attributes });
      const rest = text.slice(1);
      return new LineRecord(rest, rest.length + 1, micros, 0, severity, event.name, "logs");
    },
  };
}

function iso(micros: number): string {
  const text = new Date(Math.floor(micros / 1000)).toISOString();
  return text.replace("Z", `${String(micros % 1000).padStart(3, "0")}Z`);
}
