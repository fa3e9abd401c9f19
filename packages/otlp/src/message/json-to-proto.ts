import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { otlpError } from "../otlp-error.ts";
import { type MessageField, OTLP_MESSAGES } from "./message-fields.ts";

/** A message in the form of OTLP/JSON. */
export type OtlpJson = Readonly<Record<string, unknown>>;

/** Deeper AnyValues come near the end of the stack. */
const MAX_DEPTH = 200;
const PACKED: ReadonlySet<string> = new Set(["fixed64", "uint64", "double"]);

/**
 * Encodes an OTLP/JSON message as protocol buffers; of those within it any may be in its bytes already. Fields that OTLP does not have are left out, as its specification asks of those who read.
 * Throws `PLB_OTLP_INPUT_INVALID` for a field that has another type, with its name and without its value.
 */
export function jsonToProto(json: OtlpJson, message: string): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, json, message, 0);
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, json: unknown, message: string, depth: number): void {
  const fields = OTLP_MESSAGES.get(message);
  if (fields === undefined || typeof json !== "object" || json === null || Array.isArray(json) || depth > MAX_DEPTH) {
    throw invalid(message);
  }
  for (const [name, value] of Object.entries(json)) {
    const field = fields.get(name);
    if (field === undefined || value === null || value === undefined) continue;
    const path = `${message}.${name}`;
    if (!field.isRepeated) {
      writeField(writer, field, value, path, depth);
    } else if (!Array.isArray(value)) {
      throw invalid(path);
    } else if (PACKED.has(field.kind)) {
      writePacked(writer, field, value, path);
    } else {
      for (const item of value) writeField(writer, field, item, path, depth);
    }
  }
}

function writePacked(
  writer: BinaryWriter,
  { number, kind }: MessageField,
  items: readonly unknown[],
  path: string,
): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  for (const item of items) writeScalar(writer, kind, item, path);
  writer.join();
}

function writeField(
  writer: BinaryWriter,
  { number, kind }: MessageField,
  value: unknown,
  path: string,
  depth: number,
): void {
  if (/^[A-Z]/.test(kind)) {
    writer.tag(number, WireType.LengthDelimited);
    if (value instanceof Uint8Array) {
      writer.bytes(value);
      return;
    }
    writer.fork();
    writeMessage(writer, value, kind, depth + 1);
    writer.join();
    return;
  }
  writer.tag(number, wireTypeOf(kind));
  writeScalar(writer, kind, value, path);
}

function writeScalar(writer: BinaryWriter, kind: string, value: unknown, path: string): void {
  switch (kind) {
    case "string":
      writer.string(text(value, path));
      return;
    case "hex":
      writer.bytes(hexBytes(value, path));
      return;
    case "bytes":
      writer.bytes(Buffer.from(text(value, path), "base64"));
      return;
    case "bool":
      if (typeof value !== "boolean") throw invalid(path);
      writer.bool(value);
      return;
    case "double":
      writer.double(double(value, path));
      return;
    case "uint32":
      writer.uint32(small(value, 0, 0xffffffff, path));
      return;
    case "fixed32":
      writer.fixed32(small(value, 0, 0xffffffff, path));
      return;
    case "sint32":
      writer.sint32(small(value, -0x80000000, 0x7fffffff, path));
      return;
    case "fixed64":
      writer.fixed64(long(value, true, path));
      return;
    case "uint64":
      writer.uint64(long(value, true, path));
      return;
    case "sfixed64":
      writer.sfixed64(long(value, false, path));
      return;
    case "int64":
      writer.int64(long(value, false, path));
      return;
    default:
      throw invalid(path);
  }
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(path);
  // A lone surrogate, which UTF-8 does not have, becomes U+FFFD.
  return Buffer.from(value).toString();
}

function hexBytes(value: unknown, path: string): Buffer {
  if (typeof value !== "string" || !/^(?:[0-9a-fA-F]{2})*$/.test(value)) throw invalid(path);
  return Buffer.from(value, "hex");
}

function double(value: unknown, path: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^(?:NaN|-?Infinity|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)$/.test(value))
    return Number(value);
  throw invalid(path);
}

function small(value: unknown, least: number, most: number, path: string): number {
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= least && number <= most) return number;
  throw invalid(path);
}

/** 64 bits, as OTLP/JSON has them: decimal text, or a number. */
function long(value: unknown, isUnsigned: boolean, path: string): bigint {
  const isNumber = typeof value === "number" && Number.isInteger(value);
  if (!isNumber && !(typeof value === "string" && /^-?\d{1,20}$/.test(value))) throw invalid(path);
  const number = BigInt(value);
  if ((isUnsigned ? BigInt.asUintN(64, number) : BigInt.asIntN(64, number)) !== number) throw invalid(path);
  return number;
}

function wireTypeOf(kind: string): WireType {
  switch (kind) {
    case "string":
    case "hex":
    case "bytes":
      return WireType.LengthDelimited;
    case "double":
    case "fixed64":
    case "sfixed64":
      return WireType.Bit64;
    case "fixed32":
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

function invalid(path: string): Error {
  return otlpError("PLB_OTLP_INPUT_INVALID", { message: `The OTLP message is wrong at ${path}.`, details: { path } });
}
