import type { EventLine } from "@plumbline/core";
import type { LineText } from "./line-text.ts";
import { NanosReader } from "./nanos.ts";
import type { RecordWriter } from "./record-writer.ts";
import { NOT_A_LINE, TextScanner } from "./scan-text.ts";
import { hexDigit } from "./unescape.ts";
import { MAX_DEPTH, ValueScanner } from "./value-scanner.ts";

/** Bytes of the line that is being scanned. */
export interface ByteRange {
  from: number;
  to: number;
}

const FIELDS: ReadonlyMap<string, number> = new Map(
  [
    "id",
    "time",
    "severity",
    "name",
    "body",
    "attributes",
    "trace_id",
    "span_id",
    "flags",
    "observed_time",
    "scope",
    "dropped_attributes",
    "resource",
    "schema_url",
  ].map((name, index) => [name, index]),
);
const ALL_FIELDS: readonly string[] = [...FIELDS.keys()];
const TIME = 1 << 1;
const ATTRIBUTES = 1 << 5;
const MAX_UINT32 = 0xffffffff;

/**
 * Tells a {@link RecordWriter} what a line of a log record says, in one pass over its bytes and without an object for any of it. It takes
 * what `parseLine` takes, with two exceptions: a field that stands twice makes the line invalid, and fields are known by their plain names alone.
 */
export class LineScanner {
  /** Where the resource and the scope stand; empty when the line has none. */
  readonly resource: ByteRange = { from: 0, to: 0 };
  readonly scope: ByteRange = { from: 0, to: 0 };
  readonly schemaUrl: ByteRange = { from: 0, to: 0 };
  /** Where the comma before the resource stands, when the resource ends the line; else 0. */
  tailFrom = 0;
  readonly #in: TextScanner;
  readonly #out: RecordWriter;
  readonly #values: ValueScanner;
  readonly #nanos: NanosReader;
  readonly #id: ByteRange = { from: 0, to: 0 };
  #seen = 0;

  constructor(text: LineText, out: RecordWriter) {
    this.#in = new TextScanner(text);
    this.#out = out;
    this.#values = new ValueScanner(this.#in, out.values);
    this.#nanos = new NanosReader(text);
  }

  /**
   * Reads the line whose text was loaded, up to the byte `end`, where the comma before a known last field stands; to its end when that is 0.
   * False when it is no event: what was written of it then is to be taken back.
   */
  scan(line: EventLine, end: number): boolean {
    const { text } = this.#in;
    const out = this.#out;
    out.beginRecord(text.end - text.start);
    try {
      this.#record(line, end);
      out.endRecord();
      return true;
    } catch (error) {
      if (error !== NOT_A_LINE) throw error;
      return false;
    }
  }

  /** Tells of the entries of a map, in a range of the text. */
  entriesIn({ from }: ByteRange): void {
    this.#in.at = from;
    this.#values.entries(MAX_DEPTH);
  }

  #record(line: EventLine, end: number): void {
    const input = this.#in;
    this.resource.to = this.resource.from = 0;
    this.scope.to = this.scope.from = 0;
    this.schemaUrl.to = this.schemaUrl.from = 0;
    this.#id.to = this.#id.from = 0;
    this.tailFrom = 0;
    this.#seen = 0;
    input.at = input.text.start;
    input.take(123);
    for (;;) {
      const comma = input.at - 1;
      input.string();
      this.#field(comma);
      if (input.at === end) break;
      if (input.peek() === 125) {
        input.at += 1;
        this.#end();
        break;
      }
      this.tailFrom = 0;
      input.take(44);
    }
    if ((this.#seen & TIME) === 0) throw NOT_A_LINE;
    this.#out.severity(line.severity);
    if ((this.#seen & ATTRIBUTES) === 0 && this.#id.to > 0) this.#attributes(false);
  }

  /** Behind the last brace there is white space alone; what stands behind the text is not to be taken for more of it. */
  #end(): void {
    const input = this.#in;
    const { end } = input.text;
    if (input.at > end) throw NOT_A_LINE;
    if (input.at === end) return;
    input.peek();
    if (input.at < end) throw NOT_A_LINE;
  }

  #field(comma: number): void {
    const input = this.#in;
    const index = this.#fieldIndex();
    input.take(58);
    if (index < 0) return input.skip(MAX_DEPTH);
    const bit = 1 << index;
    if ((this.#seen & bit) !== 0) throw NOT_A_LINE;
    this.#seen |= bit;
    switch (index) {
      case 0:
        return this.#text(this.#id);
      case 1:
        this.#time();
        return this.#out.time(this.#nanos.low, this.#nanos.high);
      case 2:
        input.string();
        return this.#out.severityText(input.from, input.to, input.escaped);
      case 3:
        input.string();
        return this.#out.eventName(input.from, input.to, input.escaped);
      case 4:
        this.#out.beginBody();
        this.#values.value(MAX_DEPTH);
        return this.#out.endBody();
      case 5:
        return this.#attributes(true);
      case 6:
        return this.#out.traceId(this.#hex(32));
      case 7:
        return this.#out.spanId(this.#hex(16));
      case 8:
        return this.#out.flags(this.#count());
      case 9:
        this.#time();
        return this.#out.observedTime(this.#nanos.low, this.#nanos.high);
      case 10:
        return this.#map(this.scope);
      case 11:
        return this.#out.droppedAttributes(this.#count());
      case 12:
        this.#map(this.resource);
        this.tailFrom = comma;
        return undefined;
      default:
        return this.#text(this.schemaUrl);
    }
  }

  #fieldIndex(): number {
    const input = this.#in;
    // In the order in which our own lines have them: mostly the first that is tried is it.
    for (let index = 0, expected = this.#seen; index < ALL_FIELDS.length; index++, expected >>= 1) {
      if ((expected & 1) === 0 && input.is(ALL_FIELDS[index] ?? "")) return index;
    }
    return FIELDS.get(input.text.ascii(input.from, input.to)) ?? -1;
  }

  #attributes(areThere: boolean): void {
    const { from, to } = this.#id;
    this.#out.beginAttributes();
    if (to > from) this.#out.uid(from, to);
    if (areThere) this.#values.entries(MAX_DEPTH);
    this.#out.endAttributes();
  }

  #time(): void {
    const input = this.#in;
    input.string();
    if (!this.#nanos.read(input.from, input.to)) throw NOT_A_LINE;
  }

  #hex(digits: number): number {
    const input = this.#in;
    input.string();
    const { from, to } = input;
    if (to - from !== digits) throw NOT_A_LINE;
    for (let i = from; i < to; i++) {
      const byte = input.text.bytes[i] ?? 0;
      if (hexDigit(byte) < 0 || (byte >= 65 && byte <= 70)) throw NOT_A_LINE;
    }
    return from;
  }

  #count(): number {
    const input = this.#in;
    input.peek();
    const from = input.at;
    input.skip(0);
    const count = Number(input.text.ascii(from, input.at));
    if (!Number.isInteger(count) || count < 0 || count > MAX_UINT32) throw NOT_A_LINE;
    return count;
  }

  #text(range: ByteRange): void {
    const input = this.#in;
    input.string();
    if (input.escaped) throw NOT_A_LINE;
    range.from = input.from;
    range.to = input.to;
  }

  #map(range: ByteRange): void {
    const input = this.#in;
    if (input.peek() !== 123) throw NOT_A_LINE;
    range.from = input.at;
    input.skip(MAX_DEPTH);
    range.to = input.at;
  }
}
