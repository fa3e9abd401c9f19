import { randomUUID } from "node:crypto";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** 2^53 has 16 digits: shorter integers are exact as they are. */
const UNSAFE_DIGITS = /\d{16}/;

/** `JSON.parse`, except that integers beyond ±2^53 come out as bigints, with all their digits. Throws `SyntaxError` like it. */
export function parseJson(text: string): unknown {
  if (!UNSAFE_DIGITS.test(text)) return JSON.parse(text);
  // Nobody can write a text that is taken for a mark without knowing it beforehand.
  const mark = `${randomUUID()}:`;
  const marked = markUnsafeIntegers(text, mark);
  if (marked === text) return JSON.parse(text);
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** The text with each integer beyond ±2^53 turned into a marked string. What is not JSON stays what it is. */
function markUnsafeIntegers(text: string, mark: string): string {
  const parts: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
    } else if (code === MINUS || isDigit(code)) {
      const end = numberEnd(text, at);
      const token = text.slice(at, end);
      if (token.length >= 16 && /^-?[1-9]\d+$/.test(token) && !Number.isSafeInteger(Number(token))) {
        parts.push(text.slice(copied, at), `"${mark}${token}"`);
        copied = end;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(copied);
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

function numberEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && /[\d.eE+-]/.test(text.charAt(at))) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
