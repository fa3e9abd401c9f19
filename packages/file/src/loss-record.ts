import {
  LineRecord,
  type Clock,
  type EventInput,
  type EventLine,
  type JournalLine,
  type SeverityNumber,
} from "@plumbline/core";
import type { FileErrorCode } from "./error-codes.ts";

const WARN: SeverityNumber = 13;

/** Makes lines from events: the pipeline's line writer, or the plain one here. */
export interface RecordWriter {
  write(event: EventInput, severity: SeverityNumber): JournalLine;
}

/** Lines that were dropped at a bound. */
export interface LostLines {
  readonly count: number;
  /** Microseconds since 1970, in UTC: when the first of them was dropped. */
  readonly fromMicros: number;
  /** The last. */
  readonly toMicros: number;
  /** What kept lines from going out, as a code; `load` where nothing did but their number. */
  readonly cause: string;
}

const NOT_STARTED = "PLB_FILE_NOT_STARTED" satisfies FileErrorCode;
/** The rank of causes that say less than any other: where several are told in one record, the first that says most is named. */
const VAGUE: ReadonlyMap<string, number> = new Map([
  ["load", 2],
  [NOT_STARTED, 1],
]);

/**
 * Counts lines dropped at the bound, and makes the one record that says how many, why, and in which span of time, when
 * there is room again. What was dropped never had an id, so the ids show no hole: this record does.
 */
export class LossRecord {
  readonly #clock: Clock;
  readonly #writer: RecordWriter;
  /** What records say that are not settled: one that is dropped itself gives its count back. */
  readonly #said = new WeakMap<EventLine, LostLines>();
  #loss: LostLines | undefined;
  #cause: string = NOT_STARTED;

  constructor(clock: Clock, writer: RecordWriter | undefined) {
    this.#clock = clock;
    this.#writer = writer ?? createPlainWriter(clock);
  }

  /** One more line was dropped. */
  count(line: EventLine): void {
    const now = this.#clock.nowMicros();
    this.add({ count: 1, fromMicros: now, toMicros: now, cause: this.#cause });
    const said = this.#said.get(line);
    if (said !== undefined) this.add(said);
  }

  /** What keeps lines from going out, as a code; `undefined` when nothing does but their number. */
  blame(code: string | undefined): void {
    this.#cause = code ?? "load";
  }

  /** The record of what was lost since the last one, if anything was. */
  take(): JournalLine | undefined {
    const loss = this.#loss;
    if (loss === undefined) return undefined;
    this.#loss = undefined;
    const attributes = {
      "plumbline.dropped.count": loss.count,
      "plumbline.dropped.reason": "overflow",
      "plumbline.dropped.cause": loss.cause,
      "plumbline.dropped.from": iso(loss.fromMicros),
      "plumbline.dropped.to": iso(loss.toMicros),
    };
    const line = this.#writer.write({ name: "plumbline.lines.dropped", severity: WARN, attributes }, WARN);
    this.#said.set(line, loss);
    return line;
  }

  /** More lines were dropped. */
  add(more: LostLines): void {
    const loss = this.#loss;
    this.#loss = {
      count: more.count + (loss?.count ?? 0),
      fromMicros: Math.min(more.fromMicros, loss?.fromMicros ?? Number.POSITIVE_INFINITY),
      toMicros: Math.max(more.toMicros, loss?.toMicros ?? 0),
      cause: loss === undefined || vagueness(more) < vagueness(loss) ? more.cause : loss.cause,
    };
  }
}

function vagueness({ cause }: LostLines): number {
  return VAGUE.get(cause) ?? 0;
}

function createPlainWriter(clock: Clock): RecordWriter {
  return {
    write(event, severity): JournalLine {
      const micros = clock.nowMicros();
      const text = JSON.stringify({
        time: iso(micros),
        severity: "WARN",
        name: event.name,
        attributes: event.attributes,
      });
      const rest = text.slice(1);
      return new LineRecord(rest, rest.length + 1, micros, 0, severity, event.name, "logs");
    },
  };
}

function iso(micros: number): string {
  const text = new Date(Math.floor(micros / 1000)).toISOString();
  return text.replace("Z", `${String(micros % 1000).padStart(3, "0")}Z`);
}
