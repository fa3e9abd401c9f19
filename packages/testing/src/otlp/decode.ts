import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { testingError } from "../testing-error.ts";
import { OTLP_MESSAGES, type FieldKind } from "./messages.ts";

/** A message in the form of OTLP/JSON: 64-bit integers as decimal text, ids as hex, bytes as base64, and no field that has its default. */
export type OtlpMessage = Record<string, unknown>;

const ANY_VALUE: Readonly<Record<number, readonly [string, FieldKind]>> = {
  1: ["stringValue", "string"],
  2: ["boolValue", "bool"],
  3: ["intValue", "int64"],
  4: ["doubleValue", "double?"],
  5: ["arrayValue", "ArrayValue"],
  6: ["kvlistValue", "KeyValueList"],
  7: ["bytesValue", "bytes"],
};

/**
 * Reads a message of protocol buffers. Throws `PLB_TESTING_OTLP_INVALID` for bytes that are none, text that is not UTF-8, and for any field that
 * OTLP does not have, or has with another type: a far side would skip it, a test must not.
 */
export function decodeOtlp(bytes: Uint8Array, message: string): OtlpMessage {
  try {
    return readMessage(new BinaryReader(bytes), bytes.length, message);
  } catch (cause) {
    throw testingError("PLB_TESTING_OTLP_INVALID", { cause });
  }
}

function readMessage(reader: BinaryReader, end: number, message: string): OtlpMessage {
  const fields = message === "AnyValue" ? ANY_VALUE : OTLP_MESSAGES[message];
  if (fields === undefined) throw new TypeError(`no message ${message}`);
  const read: OtlpMessage = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = fields[number];
    if (field === undefined) throw new TypeError(`${message} has no field ${number}`);
    readField(reader, wire, field, read, message === "AnyValue");
  }
  if (reader.pos !== end) throw new RangeError(`${message} ends within a field`);
  return read;
}

function readField(
  reader: BinaryReader,
  wire: WireType,
  [name, kind]: readonly [string, FieldKind],
  into: OtlpMessage,
  keepsDefault: boolean,
): void {
  if (kind.endsWith("[]")) {
    const known = into[name];
    const list: unknown[] = Array.isArray(known) ? (known as unknown[]) : [];
    list.push(...readItems(reader, wire, kind.slice(0, -2)));
    if (list.length > 0) into[name] = list;
    return;
  }
  const value = readOne(reader, wire, kind);
  const isDefault = value === "" || value === 0 || value === "0" || value === false;
  if (keepsDefault || kind.endsWith("?") || !isDefault) into[name] = value;
  else Reflect.deleteProperty(into, name);
}

function readItems(reader: BinaryReader, wire: WireType, kind: string): readonly unknown[] {
  if (wire !== WireType.LengthDelimited || kind === "string" || isMessage(kind)) return [readOne(reader, wire, kind)];
  const end = reader.uint32() + reader.pos;
  const items: unknown[] = [];
  while (reader.pos < end) items.push(readScalar(reader, kind));
  return items;
}

function readOne(reader: BinaryReader, wire: WireType, kind: string): unknown {
  if (wire !== wireTypeOf(kind)) throw new TypeError(`a ${kind} has the wire type ${wire}`);
  if (!isMessage(kind)) return readScalar(reader, kind);
  const length = reader.uint32();
  if (reader.pos + length > reader.len) throw new RangeError(`${kind} is cut off`);
  return readMessage(reader, reader.pos + length, kind);
}

function readScalar(reader: BinaryReader, kind: string): unknown {
  switch (kind) {
    case "string":
      return reader.string(true);
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    case "hex":
      return Buffer.from(reader.bytes()).toString("hex");
    case "bool":
      return reader.bool();
    case "uint32":
      return reader.uint32();
    case "sint32":
      return reader.sint32();
    case "fixed32":
      return reader.fixed32();
    case "fixed64":
      return String(reader.fixed64());
    case "sfixed64?":
      return String(reader.sfixed64());
    case "uint64":
      return String(reader.uint64());
    case "int64":
      return String(reader.int64());
    case "double":
    case "double?":
      return doubleJson(reader.double());
    default:
      throw new TypeError(`no kind ${kind}`);
  }
}

/** As protocol buffers' JSON has it; -0 apart from 0, which JSON text would lose. */
function doubleJson(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

function isMessage(kind: string): boolean {
  return /^[A-Z]/.test(kind);
}

function wireTypeOf(kind: string): WireType {
  switch (kind) {
    case "bool":
    case "uint32":
    case "sint32":
    case "uint64":
    case "int64":
      return WireType.Varint;
    case "fixed32":
      return WireType.Bit32;
    case "fixed64":
    case "sfixed64?":
    case "double":
    case "double?":
      return WireType.Bit64;
    default:
      return WireType.LengthDelimited;
  }
}
