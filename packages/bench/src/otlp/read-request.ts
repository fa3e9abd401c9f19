/** Fields of OTLP's messages, by their number. Source: opentelemetry-proto, logs_service.proto, logs.proto and common.proto. */
const [RESOURCE_LOGS, SCOPE_LOGS, LOG_RECORDS] = [1, 2, 2];
const ATTRIBUTES = 6;
const [KEY, VALUE, INT] = [1, 2, 3];
const LETTER_N = 0x6e;

/** The attribute `n` of every log record of an export request, in their order; -1 where a record has none. Reads nothing else. */
export function numbersIn(request: Uint8Array): readonly number[] {
  const numbers: number[] = [];
  each(request, 0, request.length, RESOURCE_LOGS, (from, to) =>
    each(request, from, to, SCOPE_LOGS, (start, end) =>
      each(request, start, end, LOG_RECORDS, (recordFrom, recordTo) =>
        numbers.push(numberOf(request, recordFrom, recordTo)),
      ),
    ),
  );
  return numbers;
}

function numberOf(bytes: Uint8Array, from: number, to: number): number {
  let number = -1;
  each(bytes, from, to, ATTRIBUTES, (start, end) => {
    let isN = false;
    each(bytes, start, end, KEY, (keyFrom, keyTo) => (isN = keyTo === keyFrom + 1 && bytes[keyFrom] === LETTER_N));
    if (isN) each(bytes, start, end, VALUE, (at, valueEnd) => (number = intIn(bytes, at, valueEnd)));
  });
  return number;
}

/** Of an AnyValue that holds a small integer. */
function intIn(bytes: Uint8Array, from: number, to: number): number {
  return from < to && bytes[from] === INT << 3 ? varint(bytes, from + 1).value : -1;
}

/** Calls with every length-delimited field of a number, in a message. */
function each(
  bytes: Uint8Array,
  from: number,
  to: number,
  wanted: number,
  visit: (from: number, to: number) => void,
): void {
  for (let at = from; at < to;) {
    const tag = varint(bytes, at);
    at = tag.end;
    const wire = tag.value & 7;
    if (wire === 0) at = varint(bytes, at).end;
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint(bytes, at);
      at = length.end + length.value;
      if (tag.value >> 3 === wanted) visit(length.end, at);
    } else throw new Error(`wire type ${wire} at ${at}`);
  }
}

function varint(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let at = from; ; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
    factor *= 128;
  }
}
