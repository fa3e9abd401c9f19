import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** What the body of an answer says; empty when it is none of OTLP. */
export interface AnswerBody {
  /** How many records, spans or data points were rejected. */
  readonly rejected: number;
  /** What the receiver says, of a success or a failure. */
  readonly message: string;
  /** Of `google.rpc.RetryInfo`, in milliseconds. */
  readonly retryDelayMs: number | undefined;
  /** Whether the body could be read as what it should be. */
  readonly isReadable: boolean;
}

const EMPTY: AnswerBody = { rejected: 0, message: "", retryDelayMs: undefined, isReadable: true };
const UNREADABLE: AnswerBody = { ...EMPTY, isReadable: false };
/** So much of what a receiver says is read: whoever shows it redacts it, and cuts it then. */
const MAX_MESSAGE = 4096;
const RETRY_INFO = "google.rpc.RetryInfo";

/** Reads the body of a success: `ExportLogsServiceResponse` and its like, of which field 1 is the partial success. */
export function readSuccess(body: Buffer, contentType: string | undefined): AnswerBody {
  if (body.length === 0) return EMPTY;
  return attempt(body, contentType, partialFromProto, partialFromJson);
}

/** Reads the body of a failure: a `google.rpc.Status`. */
export function readFailure(body: Buffer, contentType: string | undefined): AnswerBody {
  if (body.length === 0) return EMPTY;
  return attempt(body, contentType, statusFromProto, statusFromJson);
}

function attempt(
  body: Buffer,
  contentType: string | undefined,
  fromProto: (reader: BinaryReader) => AnswerBody,
  fromJson: (json: object) => AnswerBody,
): AnswerBody {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  try {
    if (type === "application/x-protobuf") return fromProto(new BinaryReader(body));
    if (type !== "application/json") return UNREADABLE;
    const json: unknown = JSON.parse(body.toString("utf8"));
    return typeof json === "object" && json !== null ? fromJson(json) : UNREADABLE;
  } catch {
    return UNREADABLE; // garbage under the right name
  }
}

function partialFromProto(reader: BinaryReader): AnswerBody {
  let rejected = 0;
  let message = "";
  eachField(reader, (number, wire) => {
    if (number !== 1 || wire !== WireType.LengthDelimited) return false;
    eachField(new BinaryReader(reader.bytes()), (inner, innerWire, partial) => {
      if (inner === 1 && innerWire === WireType.Varint) rejected = count(Number(partial.int64()));
      else if (inner === 2 && innerWire === WireType.LengthDelimited) message = short(partial.string());
      else return false;
      return true;
    });
    return true;
  });
  return { ...EMPTY, rejected, message };
}

function partialFromJson(json: object): AnswerBody {
  const partial = property(json, "partialSuccess");
  if (typeof partial !== "object" || partial === null) return EMPTY;
  const rejected =
    property(partial, "rejectedLogRecords") ??
    property(partial, "rejectedSpans") ??
    property(partial, "rejectedDataPoints");
  return { ...EMPTY, rejected: count(Number(rejected ?? 0)), message: short(property(partial, "errorMessage")) };
}

function statusFromProto(reader: BinaryReader): AnswerBody {
  let message = "";
  let retryDelayMs: number | undefined;
  eachField(reader, (number, wire) => {
    if (wire !== WireType.LengthDelimited) return false;
    if (number === 2) message = short(reader.string());
    else if (number === 3) retryDelayMs = retryInfo(new BinaryReader(reader.bytes())) ?? retryDelayMs;
    else return false;
    return true;
  });
  return { ...EMPTY, message, retryDelayMs };
}

/** Of a `google.protobuf.Any` that holds a RetryInfo. */
function retryInfo(any: BinaryReader): number | undefined {
  let type = "";
  let value: Uint8Array = new Uint8Array();
  eachField(any, (number, wire) => {
    if (wire !== WireType.LengthDelimited) return false;
    if (number === 1) type = any.string();
    else if (number === 2) value = any.bytes();
    else return false;
    return true;
  });
  if (!type.endsWith(RETRY_INFO)) return undefined;
  let delay: number | undefined;
  const info = new BinaryReader(value);
  eachField(info, (number, wire) => {
    if (number !== 1 || wire !== WireType.LengthDelimited) return false;
    delay = duration(new BinaryReader(info.bytes()));
    return true;
  });
  return delay;
}

function duration(reader: BinaryReader): number {
  let ms = 0;
  eachField(reader, (number, wire) => {
    if (wire !== WireType.Varint || (number !== 1 && number !== 2)) return false;
    ms += number === 1 ? Number(reader.int64()) * 1000 : reader.int32() / 1e6;
    return true;
  });
  return Math.max(0, ms);
}

function statusFromJson(json: object): AnswerBody {
  const details = property(json, "details");
  let retryDelayMs: number | undefined;
  for (const detail of Array.isArray(details) ? (details as unknown[]) : []) {
    if (typeof detail !== "object" || detail === null) continue;
    const type = property(detail, "@type");
    const delay = property(detail, "retryDelay");
    if (
      typeof type === "string" &&
      type.endsWith(RETRY_INFO) &&
      typeof delay === "string" &&
      /^\d+(?:\.\d+)?s$/.test(delay)
    ) {
      retryDelayMs = Number(delay.slice(0, -1)) * 1000;
    }
  }
  return { ...EMPTY, message: short(property(json, "message")), retryDelayMs };
}

/** Hands each field to `take`; what it does not take is skipped. */
function eachField(
  reader: BinaryReader,
  take: (number: number, wire: WireType, reader: BinaryReader) => boolean,
): void {
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (!take(number, wire, reader)) reader.skip(wire, number);
  }
}

function property(of: object, name: string): unknown {
  return Object.hasOwn(of, name) ? (of as Record<string, unknown>)[name] : undefined;
}

function count(value: number): number {
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** What a far side says stands in messages: short, and without what a terminal would obey. */
function short(text: unknown): string {
  return typeof text === "string"
    ? text
        .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
        .slice(0, MAX_MESSAGE)
        .trim()
    : "";
}
