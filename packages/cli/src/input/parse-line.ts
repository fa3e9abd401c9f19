import { isUtf8 } from "node:buffer";
import type { EventInput } from "@plumbline/core";
import type { RawLine } from "@plumbline/jsonl";
import { isRecord } from "./fields.ts";
import { eventFromJsonRecord } from "./json-record.ts";
import { eventFromOtlp } from "./otlp-record.ts";
import { parseJson } from "./parse-json.ts";
import type { PipedEvent } from "./piped-event.ts";
import { eventFromPlumblineLine } from "./plumbline-record.ts";

/** The attribute that says how many bytes of an overlong line were left out. */
const CUT_ATTRIBUTE = "plumbline.cut_bytes";
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The event for one line of input, whatever bytes it holds: never throws. A JSON object of a known form is mapped to the event's fields,
 * all other text is a body as it is, and what is not UTF-8 is a body of bytes.
 */
export function parseInputLine(line: RawLine): PipedEvent {
  if (line.problem === "too-long") return cutLine(line);
  if (line.problem === "not-utf8") return toBody({ body: line.bytes });
  const { text } = line;
  return (mayBeObject(line.bytes) ? fromJson(text) : undefined) ?? toBody({ body: text });
}

function cutLine(line: RawLine): PipedEvent {
  const bytes = withoutHalfCharacter(line.bytes);
  const body = isUtf8(bytes) ? bytes.toString("utf8") : bytes;
  return toBody({ body, attributes: { [CUT_ATTRIBUTE]: line.size - bytes.length } });
}

function fromJson(line: string): PipedEvent | undefined {
  const text = line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    return undefined; // not JSON after all: a body
  }
  if (!isRecord(parsed) || Object.keys(parsed).length === 0) return undefined;
  if (Object.hasOwn(parsed, "resourceLogs")) return eventFromOtlp(parsed);
  return eventFromPlumblineLine(parsed, text) ?? { event: eventFromJsonRecord(parsed), resource: undefined };
}

function toBody(event: EventInput): PipedEvent {
  return { event, resource: undefined };
}

/** Saves the parser's exception for all that begins and ends like anything but an object. */
function mayBeObject(bytes: Buffer): boolean {
  let first = bytes[0] === 0xef ? 3 : 0; // a byte order mark, as some editors put before the first line
  let last = bytes.length - 1;
  while (first <= last && isBlank(bytes[first])) first += 1;
  while (last > first && isBlank(bytes[last])) last -= 1;
  return bytes[first] === OPENING_BRACE && bytes[last] === CLOSING_BRACE;
}

/** The blanks that JSON allows around a value. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

/** A cut may fall into a character of up to four bytes; its beginning goes too. */
function withoutHalfCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}
