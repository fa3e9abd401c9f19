import type { LineText } from "./line-text.ts";
import type { LogsForm } from "./logs-form.ts";
import { JsonValues } from "./json-values.ts";
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
  readonly values: JsonValues;
  readonly #out: OutputBuffer;
  #start = 0;
  #nanos = 0n;
  #isObserved = false;

  constructor(text: LineText) {
    this.#out = new OutputBuffer(text);
    this.values = new JsonValues(text, this.#out);
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
    this.values.close("},");
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
    this.values.string(from, to, false);
    this.#out.ascii("},");
  }

  endAttributes(): void {
    this.values.close("],");
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

  beginResource(lineBytes: number): void {
    this.#beginPart(lineBytes);
    this.#out.ascii('{"attributes":[');
  }

  endResource(): Buffer {
    this.values.close("]}");
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
    this.values.close("}");
    return this.#out.cutOff(this.#start);
  }

  #beginPart(lineBytes: number): void {
    this.#out.reserve(lineBytes * MOST_GROWTH + ROOM);
    this.#start = this.#out.at;
  }

  #field(name: string, from: number, to: number, escaped: boolean): void {
    this.#out.ascii(name);
    this.values.json(from, to, escaped);
    this.#out.byte(COMMA);
  }
}
