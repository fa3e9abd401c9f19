import type { LineText } from "./line-text.ts";
import { ProtoValues } from "./proto-values.ts";
import { ProtoWriter } from "./proto-writer.ts";
import type { LogsForm } from "./logs-form.ts";

/** What a byte of JSON text can become at most: an empty list within a list, with lengths of four bytes each. */
const MOST_GROWTH = 6;
const ROOM = 512;
const UID = "log.record.uid";

// Field numbers and wire types. Source: opentelemetry-proto, logs/v1/logs.proto and common/v1/common.proto.
const LOG_RECORD = 0x12;
const TIME = 0x09;
const SEVERITY_NUMBER = 0x10;
const SEVERITY_TEXT = 0x1a;
const BODY = 0x2a;
const ATTRIBUTES = 0x32;
const DROPPED_ATTRIBUTES = 0x38;
const FLAGS = 0x45;
const TRACE_ID = 0x4a;
const SPAN_ID = 0x52;
const OBSERVED_TIME = 0x59;
const EVENT_NAME = 0x62;
const KEY = 0x0a;
const VALUE = 0x12;
const RESOURCE_ATTRIBUTES = 0x0a;
const SCOPE_NAME = 0x0a;
const SCOPE_VERSION = 0x12;
const SCOPE_ATTRIBUTES = 0x1a;
const SCOPE_DROPPED = 0x20;

/** Writes log records as the field `log_records` of a `ScopeLogs` message. */
export class ProtoRecord implements LogsForm {
  readonly values: ProtoValues;
  readonly #proto: ProtoWriter;
  readonly #text: LineText;
  #start = 0;
  #timeLow = 0;
  #timeHigh = 0;
  #isObserved = false;

  constructor(text: LineText) {
    this.#text = text;
    this.#proto = new ProtoWriter(text);
    this.values = new ProtoValues(text, this.#proto);
  }

  get bytes(): Buffer {
    return this.#proto.out.bytes;
  }

  get at(): number {
    return this.#proto.out.at;
  }

  clear(): void {
    this.#proto.out.clear();
  }

  rewind(at: number): void {
    this.#proto.out.at = at;
  }

  beginRecord(lineBytes: number): void {
    const { out } = this.#proto;
    out.reserve(lineBytes * MOST_GROWTH + ROOM);
    this.#start = out.at;
    this.values.reset(ATTRIBUTES);
    this.#isObserved = false;
    this.values.begin(LOG_RECORD);
  }

  endRecord(): void {
    if (!this.#isObserved) {
      // For what the service itself makes, both times are the same. Source: Logs Data Model, "Field: ObservedTimestamp".
      this.observedTime(this.#timeLow, this.#timeHigh);
    }
    this.values.end();
  }

  time(low: number, high: number): void {
    this.#timeLow = low;
    this.#timeHigh = high;
    this.#proto.out.byte(TIME);
    this.#proto.fixed64(low, high);
  }

  observedTime(low: number, high: number): void {
    this.#isObserved = true;
    this.#proto.out.byte(OBSERVED_TIME);
    this.#proto.fixed64(low, high);
  }

  severity(number: number): void {
    this.#proto.out.byte(SEVERITY_NUMBER);
    this.#proto.varint(number);
  }

  severityText(from: number, to: number, escaped: boolean): void {
    this.#proto.out.byte(SEVERITY_TEXT);
    this.#proto.text(from, to, escaped);
  }

  eventName(from: number, to: number, escaped: boolean): void {
    this.#proto.out.byte(EVENT_NAME);
    this.#proto.text(from, to, escaped);
  }

  beginBody(): void {
    this.values.begin(BODY);
  }

  endBody(): void {
    this.values.end();
  }

  beginAttributes(): void {
    this.values.entryTag = ATTRIBUTES;
  }

  uid(from: number, to: number): void {
    this.values.begin(ATTRIBUTES);
    this.#proto.out.byte(KEY);
    this.#proto.ascii(UID);
    this.values.begin(VALUE);
    this.values.string(from, to, false);
    this.values.end();
    this.values.end();
  }

  endAttributes(): void {
    this.values.entryTag = ATTRIBUTES;
  }

  droppedAttributes(count: number): void {
    this.#proto.out.byte(DROPPED_ATTRIBUTES);
    this.#proto.varint(count);
  }

  flags(flags: number): void {
    this.#proto.out.byte(FLAGS);
    this.#proto.fixed32(flags);
  }

  traceId(from: number): void {
    this.#proto.out.byte(TRACE_ID);
    this.#hex(from, 16);
  }

  spanId(from: number): void {
    this.#proto.out.byte(SPAN_ID);
    this.#hex(from, 8);
  }

  beginResource(lineBytes: number): void {
    this.#beginPart(lineBytes);
    this.values.entryTag = RESOURCE_ATTRIBUTES;
  }

  endResource(): Buffer {
    return this.#proto.out.cutOff(this.#start);
  }

  beginScope(lineBytes: number): void {
    this.#beginPart(lineBytes);
    this.values.entryTag = SCOPE_ATTRIBUTES;
  }

  scopeName(from: number, to: number, escaped: boolean): void {
    this.#proto.out.byte(SCOPE_NAME);
    this.#proto.text(from, to, escaped);
  }

  scopeVersion(from: number, to: number, escaped: boolean): void {
    this.#proto.out.byte(SCOPE_VERSION);
    this.#proto.text(from, to, escaped);
  }

  beginScopeAttributes(): void {
    this.values.entryTag = SCOPE_ATTRIBUTES;
  }

  endScopeAttributes(): void {
    this.values.entryTag = ATTRIBUTES;
  }

  scopeDroppedAttributes(count: number): void {
    this.#proto.out.byte(SCOPE_DROPPED);
    this.#proto.varint(count);
  }

  endScope(): Buffer {
    return this.#proto.out.cutOff(this.#start);
  }

  #beginPart(lineBytes: number): void {
    const { out } = this.#proto;
    out.reserve(lineBytes * MOST_GROWTH + ROOM);
    this.#start = out.at;
  }

  #hex(from: number, count: number): void {
    const { out } = this.#proto;
    const source = this.#text.bytes;
    out.byte(count);
    for (let i = from; i < from + 2 * count; i += 2) {
      out.byte((digit(source[i] ?? 0) << 4) | digit(source[i + 1] ?? 0));
    }
  }
}

/** Of a lower-case hex digit. */
function digit(byte: number): number {
  return byte < 58 ? byte - 48 : byte - 87;
}
