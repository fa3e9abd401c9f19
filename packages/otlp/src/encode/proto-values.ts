import type { LineText } from "./line-text.ts";
import type { ProtoWriter } from "./proto-writer.ts";
import type { ValueWriter } from "./record-writer.ts";
import { MAX_DEPTH } from "./value-scanner.ts";

// Field numbers and wire types. Source: opentelemetry-proto, common/v1/common.proto.
const KEY = 0x0a;
const VALUE = 0x12;
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const ARRAY = 0x2a;
const KVLIST = 0x32;
const BYTES = 0x3a;
const VALUES = 0x0a;
/** Key and text of an entry whose own length still takes one byte: it has six more bytes. */
const SHORT_ENTRY = 0x7f - 6;

/** Writes values as `AnyValue`s, in messages that are begun and ended around them. */
export class ProtoValues implements ValueWriter {
  /** The tag of an entry of the map at hand. */
  entryTag: number = VALUES;
  readonly #text: LineText;
  readonly #proto: ProtoWriter;
  /** Where the messages begin that are not ended. A level of nesting takes three at most: a map, its entry, the entry's value. */
  readonly #marks = new Int32Array(3 * MAX_DEPTH + 16);
  #markCount = 0;
  /** The tags of entries of the maps around the one at hand. */
  readonly #entryTags: number[] = [];

  constructor(text: LineText, proto: ProtoWriter) {
    this.#text = text;
    this.#proto = proto;
  }

  /** Forgets what was begun and not ended. */
  reset(entryTag: number): void {
    this.#markCount = 0;
    this.#entryTags.length = 0;
    this.entryTag = entryTag;
  }

  /** Begins a message. */
  begin(tag: number): void {
    this.#proto.out.byte(tag);
    this.#marks[this.#markCount] = this.#proto.begin();
    this.#markCount += 1;
  }

  /** Ends the message that was begun last. */
  end(): void {
    this.#markCount -= 1;
    this.#proto.end(this.#marks[this.#markCount] ?? 0);
  }

  string(from: number, to: number, escaped: boolean): void {
    this.#proto.out.byte(STRING);
    this.#proto.text(from, to, escaped);
  }

  plainText(text: string): void {
    this.#proto.out.byte(STRING);
    this.#proto.ascii(text);
  }

  bool(value: boolean): void {
    this.#proto.out.byte(BOOL);
    this.#proto.out.byte(value ? 1 : 0);
  }

  int(value: number): void {
    this.#proto.out.byte(INT);
    if (value >= 0) this.#proto.varint(value);
    else this.#proto.int64(value | 0, Math.floor(value / 2 ** 32));
  }

  long(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.#proto.out.byte(INT);
    this.#proto.int64(Number(bits & 0xffffffffn), Number(bits >> 32n));
  }

  double(value: number): void {
    this.#proto.out.byte(DOUBLE);
    this.#proto.double(value);
  }

  nothing(): void {
    // An AnyValue without a value: the message around it is empty.
  }

  bytes64(from: number, to: number): void {
    const decoded = Buffer.from(this.#text.ascii(from, to), "base64");
    const { out } = this.#proto;
    out.byte(BYTES);
    this.#proto.varint(decoded.length);
    decoded.copy(out.bytes, out.at);
    out.at += decoded.length;
  }

  beginList(): void {
    this.begin(ARRAY);
  }

  beginItem(): void {
    this.begin(VALUES);
  }

  endItem(): void {
    this.end();
  }

  endList(): void {
    this.end();
  }

  beginMap(): void {
    this.begin(KVLIST);
    this.#entryTags.push(this.entryTag);
    this.entryTag = VALUES;
  }

  beginEntry(keyFrom: number, keyTo: number, escaped: boolean): void {
    this.begin(this.entryTag);
    this.#proto.out.byte(KEY);
    this.#proto.text(keyFrom, keyTo, escaped);
    this.begin(VALUE);
  }

  endEntry(): void {
    this.end();
    this.end();
  }

  textEntry(keyFrom: number, keyTo: number, from: number, to: number): void {
    const { out } = this.#proto;
    const [keySize, size] = [keyTo - keyFrom, to - from];
    const room = keySize + size;
    if (room > SHORT_ENTRY) {
      this.beginEntry(keyFrom, keyTo, false);
      this.string(from, to, false);
      this.endEntry();
      return;
    }
    // All lengths are known and take a byte each.
    const { bytes } = out;
    const { at } = out;
    bytes[at] = this.entryTag;
    bytes[at + 1] = room + 6;
    bytes[at + 2] = KEY;
    bytes[at + 3] = keySize;
    out.at = at + 4;
    out.copy(keyFrom, keyTo);
    const valueAt = out.at;
    bytes[valueAt] = VALUE;
    bytes[valueAt + 1] = size + 2;
    bytes[valueAt + 2] = STRING;
    bytes[valueAt + 3] = size;
    out.at = valueAt + 4;
    out.copy(from, to);
  }

  endMap(): void {
    this.entryTag = this.#entryTags.pop() ?? VALUES;
    this.end();
  }
}
