import type { ByteStretch, EventLine, Signal, TelemetryEvent } from "./event.ts";
import { parseLine } from "./parse-line.ts";
import { flatten } from "./serialize/write-string.ts";
import type { SeverityNumber } from "./severity.ts";

/** Where numbered lines stand as bytes, for as long as they do. */
export interface NumberedBytes {
  /** Those of the line with this number; `undefined` when they are not there any more. */
  stretchOf(seq: number): ByteStretch | undefined;
}

/** A line that has left the walk and may still be numbered by a journal. */
export interface JournalLine extends EventLine {
  /** The JSON text after the opening brace: `"time":…}`. Flat: it keeps no raw text reachable. */
  readonly rest: string;
  /** Gives the line its number; called once, by the journal, at the commit. It may say where the line stands as bytes then. */
  number(epoch: string, seq: number, bytes?: NumberedBytes): void;
}

/** What the walk yields. */
export class LineRecord implements JournalLine {
  readonly rest: string;
  readonly severity: SeverityNumber;
  readonly name: string | undefined;
  readonly signal: Signal;
  #size: number | undefined;
  readonly #timeMicros: number;
  readonly #extraNanos: number;
  #epoch: string | undefined;
  #seq = 0;
  #bytes: NumberedBytes | undefined;
  #event: TelemetryEvent | undefined;

  /** Without a `size` it is found out when it is asked for: that looks at the text. */
  constructor(
    rest: string,
    size: number | undefined,
    timeMicros: number,
    extraNanos: number,
    severity: SeverityNumber,
    name: string | undefined,
    signal: Signal,
  ) {
    this.rest = rest;
    this.#size = size;
    this.#timeMicros = timeMicros;
    this.#extraNanos = extraNanos;
    this.severity = severity;
    this.name = name;
    this.signal = signal;
  }

  get size(): number {
    this.#size ??= this.rest.length * (flatten(this.rest) ? 2 : 1);
    return this.#size;
  }

  get id(): string | undefined {
    return this.#epoch === undefined ? undefined : `${this.#epoch}:${this.#seq}`;
  }

  get line(): string {
    return this.#epoch === undefined ? `{${this.rest}` : `{"id":"${this.#epoch}:${this.#seq}",${this.rest}`;
  }

  get utf8(): ByteStretch | undefined {
    return this.#bytes?.stretchOf(this.#seq);
  }

  get time(): bigint {
    return BigInt(this.#timeMicros) * 1000n + BigInt(this.#extraNanos);
  }

  number(epoch: string, seq: number, bytes?: NumberedBytes): void {
    this.#epoch = epoch;
    this.#seq = seq;
    this.#bytes = bytes;
    this.#event = undefined;
  }

  event(): TelemetryEvent {
    this.#event ??= parseLine(this.line);
    return this.#event;
  }
}
