import {
  eventLineFrom,
  type ByteStretch,
  type EventLine,
  type SeverityNumber,
  type Signal,
  type TelemetryEvent,
} from "@plumbline/core";
import type { StreamLine } from "./stream-item.ts";

/** So much of a line holds its time, severity and name, as long as the name is no longer than a hundred characters. */
const HEAD_BYTES = 240;

/** What of a line's head could be read without decoding the line: the texts as they stand there. */
export interface PeekedHead {
  readonly severity: string;
  /** `undefined` where no name stands in its place. */
  readonly name: string | undefined;
}

/** A line as it was read from disk: a view into the chunk. Decoded when its text is asked for, and looked into when more is. */
export class DiskLine implements StreamLine {
  readonly epoch: string;
  readonly seq: number;
  readonly #chunk: Buffer;
  readonly #start: number;
  readonly #end: number;
  /** Its text, or more where more was asked for. */
  #known: string | EventLine | undefined;

  constructor(chunk: Buffer, start: number, end: number, epoch: string, seq: number) {
    this.#chunk = chunk;
    this.#start = start;
    this.#end = end;
    this.epoch = epoch;
    this.seq = seq;
  }

  get id(): string {
    return `${this.epoch}:${this.seq}`;
  }

  get line(): string {
    this.#known ??= this.#chunk.toString("utf8", this.#start, this.#end);
    return typeof this.#known === "string" ? this.#known : this.#known.line;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  get time(): bigint {
    return this.#readLine().time;
  }

  get severity(): SeverityNumber {
    return this.#readLine().severity;
  }

  get name(): string | undefined {
    return this.#readLine().name;
  }

  get signal(): Signal {
    return this.#readLine().signal;
  }

  /** The whole buffer that it stands in. */
  get chunk(): Buffer {
    return this.#chunk;
  }

  /** A line feed stands behind every line that was read: one without is not whole. */
  get utf8(): ByteStretch {
    return { bytes: this.#chunk, start: this.#start, end: this.#end };
  }

  get bytes(): Buffer {
    return this.#chunk.subarray(this.#start, this.#end);
  }

  /** See {@link adjoiningBytes}. */
  static adjoining(lines: readonly EventLine[]): Buffer | undefined {
    const first = lines[0];
    if (!(first instanceof DiskLine)) return undefined;
    const chunk = first.#chunk;
    let next = first.#start;
    for (const line of lines) {
      if (!(line instanceof DiskLine) || line.#chunk !== chunk || line.#start !== next) return undefined;
      next = line.#end + 1;
    }
    return chunk.subarray(first.#start, next - 1);
  }

  event(): TelemetryEvent {
    return this.#readLine().event();
  }

  /**
   * Severity and name of a line whose fields stand as our own writer puts them, as plain ASCII without escapes; `undefined` where the
   * whole line has to be read to know.
   */
  peek(): PeekedHead | undefined {
    const text = this.#chunk.toString("latin1", this.#start, Math.min(this.#end, this.#start + HEAD_BYTES));
    // Behind the id and the time, which have no such words in them.
    const severityAt = text.indexOf('Z","severity":"');
    if (severityAt < 0 || severityAt > MAX_SEVERITY_AT) return undefined;
    const from = severityAt + 15;
    const end = text.indexOf('"', from);
    if (end < 0) return undefined;
    const severity = text.slice(from, end);
    if (!text.startsWith('","name":"', end)) return { severity, name: undefined };
    const nameEnd = text.indexOf('"', end + 10);
    if (nameEnd < 0) return undefined;
    const name = text.slice(end + 10, nameEnd);
    return PLAIN.test(name) ? { severity, name } : undefined;
  }

  #readLine(): EventLine {
    const known = this.#known;
    if (known !== undefined && typeof known !== "string") return known;
    const read = eventLineFrom(this.line);
    this.#known = read;
    return read;
  }
}

/** The id with its field, and `"time":"` with nanoseconds. */
const MAX_SEVERITY_AT = 80;
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;

/** A line's UTF-8 bytes, without the newline: of one read from disk the very bytes, not copied; valid for as long as the line is. */
export function lineBytes(line: EventLine): Uint8Array {
  return line instanceof DiskLine ? line.bytes : Buffer.from(line.line, "utf8");
}

/**
 * The bytes of lines that were read from disk and stood there one directly behind the other, each but the last with its newline: one view, not copied, and
 * valid for as long as the lines are. `undefined` for any others.
 */
export function adjoiningBytes(lines: readonly EventLine[]): Buffer | undefined {
  return DiskLine.adjoining(lines);
}
