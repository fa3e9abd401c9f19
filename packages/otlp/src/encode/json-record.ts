import type { LineText } from "./line-text.ts";
import type { LogsForm } from "./logs-form.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** What a byte of JSON text can become at most: `{"kvlistValue":{"values":[]}},` for `{}`. */
const MOST_GROWTH = 16;
const ROOM = 1024;
const COMMA = 44;

/**
 * Writes log records as OTLP/JSON, each with a comma behind it. Strings are copied as they stand in the line: they are JSON already.
 * Source: OTLP specification, "JSON Protobuf Encoding".
 */
export class JsonRecord implements LogsForm {
  readonly #out: OutputBuffer;
  readonly #text: LineText;
  #start = 0;
  #nanos = 0n;
  #isObserved = false;

  constructor(text: LineText) {
    this.#text = text;
    this.#out = new OutputBuffer(text);
  }

  get bytes(): Buffer {
    return this.#out.bytes;
  }

  get at(): number {
    return this.#out.at;
  }

  clear(): void {
    this.#out.clear();
  }

  rewind(at: number): void {
    this.#out.at = at;
  }

  beginRecord(lineBytes: number): void {
    this.#out.reserve(lineBytes * MOST_GROWTH + ROOM);
    this.#start = this.#out.at;
    this.#isObserved = false;
    this.#out.ascii("{");
  }

  endRecord(): void {
    if (!this.#isObserved) this.#out.ascii(`"observedTimeUnixNano":"${this.#nanos}"`);
    this.#close("},");
  }

  time(low: number, high: number): void {
    this.#nanos = (BigInt(high) << 32n) + BigInt(low);
    this.#out.ascii(`"timeUnixNano":"${this.#nanos}",`);
  }

  observedTime(low: number, high: number): void {
    this.#isObserved = true;
    this.#out.ascii(`"observedTimeUnixNano":"${(BigInt(high) << 32n) + BigInt(low)}",`);
  }

  severity(number: number): void {
    this.#out.ascii(`"severityNumber":${number},`);
  }

  severityText(from: number, to: number, escaped: boolean): void {
    this.#field('"severityText":', from, to, escaped);
  }

  eventName(from: number, to: number, escaped: boolean): void {
    this.#field('"eventName":', from, to, escaped);
  }

  beginBody(): void {
    this.#out.ascii('"body":');
  }

  endBody(): void {
    this.#out.byte(COMMA);
  }

  beginAttributes(): void {
    this.#out.ascii('"attributes":[');
  }

  uid(from: number, to: number): void {
    this.#out.ascii('{"key":"log.record.uid","value":');
    this.string(from, to, false);
    this.#out.ascii("},");
  }

  endAttributes(): void {
    this.#close("],");
  }

  droppedAttributes(count: number): void {
    this.#out.ascii(`"droppedAttributesCount":${count},`);
  }

  flags(flags: number): void {
    this.#out.ascii(`"flags":${flags},`);
  }

  traceId(from: number): void {
    this.#field('"traceId":', from, from + 32, false);
  }

  spanId(from: number): void {
    this.#field('"spanId":', from, from + 16, false);
  }

  string(from: number, to: number, escaped: boolean): void {
    this.#out.ascii('{"stringValue":');
    this.#json(from, to, escaped);
    this.#out.ascii("}");
  }

  plainText(text: string): void {
    this.#out.ascii(`{"stringValue":"${text}"}`);
  }

  bool(value: boolean): void {
    this.#out.ascii(`{"boolValue":${value}}`);
  }

  int(value: number): void {
    this.#out.ascii(`{"intValue":"${value}"}`);
  }

  long(value: bigint): void {
    this.#out.ascii(`{"intValue":"${value}"}`);
  }

  double(value: number): void {
    const text = Object.is(value, -0) ? "-0" : `${value}`;
    this.#out.ascii(Number.isFinite(value) ? `{"doubleValue":${text}}` : `{"doubleValue":"${text}"}`);
  }

  nothing(): void {
    this.#out.ascii("{}");
  }

  bytes64(from: number, to: number): void {
    this.#out.ascii('{"bytesValue":"');
    this.#out.copy(from, to);
    this.#out.ascii('"}');
  }

  beginList(): void {
    this.#out.ascii('{"arrayValue":{"values":[');
  }

  beginItem(): void {
    // A value begins where the one before it ended.
  }

  endItem(): void {
    this.#out.byte(COMMA);
  }

  endList(): void {
    this.#close("]}}");
  }

  beginMap(): void {
    this.#out.ascii('{"kvlistValue":{"values":[');
  }

  beginEntry(keyFrom: number, keyTo: number, escaped: boolean): void {
    this.#out.ascii('{"key":');
    this.#json(keyFrom, keyTo, escaped);
    this.#out.ascii(',"value":');
  }

  endEntry(): void {
    this.#out.ascii("},");
  }

  endMap(): void {
    this.#close("]}}");
  }

  beginResource(lineBytes: number): void {
    this.#beginPart(lineBytes);
    this.#out.ascii('{"attributes":[');
  }

  endResource(): Buffer {
    this.#close("]}");
    return this.#out.cutOff(this.#start);
  }

  beginScope(lineBytes: number): void {
    this.#beginPart(lineBytes);
    this.#out.ascii("{");
  }

  scopeName(from: number, to: number, escaped: boolean): void {
    this.#field('"name":', from, to, escaped);
  }

  scopeVersion(from: number, to: number, escaped: boolean): void {
    this.#field('"version":', from, to, escaped);
  }

  beginScopeAttributes(): void {
    this.beginAttributes();
  }

  endScopeAttributes(): void {
    this.endAttributes();
  }

  scopeDroppedAttributes(count: number): void {
    this.droppedAttributes(count);
  }

  endScope(): Buffer {
    this.#close("}");
    return this.#out.cutOff(this.#start);
  }

  #beginPart(lineBytes: number): void {
    this.#out.reserve(lineBytes * MOST_GROWTH + ROOM);
    this.#start = this.#out.at;
  }

  /** Ends what may have a comma behind its last part. */
  #close(text: string): void {
    if (this.#out.bytes[this.#out.at - 1] === COMMA) this.#out.at -= 1;
    this.#out.ascii(text);
  }

  #field(name: string, from: number, to: number, escaped: boolean): void {
    this.#out.ascii(name);
    this.#json(from, to, escaped);
    this.#out.byte(COMMA);
  }

  #json(from: number, to: number, escaped: boolean): void {
    if (escaped) {
      // A lone surrogate may stand there as an escape; OTLP knows none.
      const text = JSON.parse(`"${this.#text.text(from, to)}"`) as string;
      const json = JSON.stringify(Buffer.from(text).toString());
      this.#out.at += this.#out.bytes.write(json, this.#out.at, "utf8");
      return;
    }
    this.#out.byte(34);
    this.#out.copy(from, to);
    this.#out.byte(34);
  }
}
