import { classOf, HEX } from "./character-class.ts";
import { FOLDS, LOOKS, looksLikePair, UNSEEN } from "./look-alikes.ts";

/** A text as those read it who take its escapes and look-alikes for what they stand for. */
export interface PlainView {
  readonly text: string;
  /** For each code unit of `text`, and for its end, where it comes from in the given text. */
  readonly origins: Int32Array;
}

/** An escape may itself be escaped, as in `%2570` and in JSON within JSON. */
const MAX_ROUNDS = 4;

/**
 * The texts by which the scan notices that a text has escapes; of those with `%` the ones of a printable character: `%20` parts what the
 * detectors know by the blank in it.
 */
export const VEIL_ANCHORS: readonly string[] =
  "\\u0 \\u{ \\x &quot; &# &amp; &lt; &gt; &apos; %u00 %2 %3 %4 %5 %6 %7".split(" ");

const ENTITIES: readonly (readonly [entity: string, character: string])[] = [
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
];

/** Whether a character that is not ASCII may hide what a text says. Accented letters, which prose is full of, do not count. */
export function isVeiling(code: number): boolean {
  return (code >= 0x180 || code === 0xad) && LOOKS[code] !== 0;
}

/** The plain view of a text, `undefined` where it is the text itself. Takes time and space in proportion to the text. */
export function unveil(text: string): PlainView | undefined {
  let view = unveilOnce(text, undefined);
  for (let round = 1; round < MAX_ROUNDS && view !== undefined; round++)
    view = unveilOnce(view.text, view.origins) ?? view;
  return view;
}

function unveilOnce(text: string, before: Int32Array | undefined): PlainView | undefined {
  const plain = new Uint16Array(text.length + 1);
  const origins = new Int32Array(text.length + 1);
  let length = 0;
  let isChanged = false;
  for (let i = 0; i < text.length;) {
    const code = text.charCodeAt(i);
    let shown = code;
    let size = 1;
    if (code >= 0x80) {
      const look = LOOKS[code] ?? 0;
      const seen = look === FOLDS ? looksLikePair(code, text.charCodeAt(i + 1)) : look;
      if (seen !== 0) {
        shown = seen === UNSEEN ? 0 : seen;
        if (look === FOLDS) size = 2;
      }
    } else if (code === PERCENT || code === AMPERSAND || code === BACKSLASH) {
      const escape = readEscape(text, i, code);
      if (escape > 0) {
        size = escape >> 8;
        shown = escape & 0xff;
      }
    }
    if (shown !== code || size !== 1) isChanged = true;
    if (shown !== 0 || code === 0) {
      plain[length] = shown;
      origins[length++] = before === undefined ? i : (before[i] ?? 0);
    }
    i += size;
  }
  if (!isChanged) return undefined;
  origins[length] = before?.[text.length] ?? text.length;
  return { text: decode(plain, length), origins };
}

/** How much an escape at `at` takes, times 256, and the character it gives; 0 if there is none. */
function readEscape(text: string, at: number, first: number): number {
  if (first === PERCENT) return text.startsWith("u00", at + 1) ? readHex(text, at + 4, 4) : readHex(text, at + 1, 1);
  if (first === AMPERSAND) return readEntity(text, at);
  let i = at;
  while (text.charCodeAt(i) === BACKSLASH && i - at < 16) i++;
  const kind = text.charCodeAt(i);
  if (kind === 0x75 && text.charCodeAt(i + 1) === CURLY_OPEN) return readBraced(text, i + 2, i - at);
  if (kind === 0x75 && text.charCodeAt(i + 1) === 0x30 && text.charCodeAt(i + 2) === 0x30)
    return readHex(text, i + 3, i + 3 - at);
  return kind === 0x78 ? readHex(text, i + 1, i + 1 - at) : 0;
}

/** The hexadecimal digits of `\u{70}`, of which there may be six, and the brace behind them. */
function readBraced(text: string, from: number, backslashes: number): number {
  let end = from;
  while (end - from < 6 && (classOf(text.charCodeAt(end)) & HEX) !== 0) end++;
  if (text.charCodeAt(end) !== CURLY_CLOSE) return 0;
  const code = Number.parseInt(text.slice(from, end), 16);
  return isShown(code) ? ((backslashes + 2 + end + 1 - from) << 8) | code : 0;
}

function readHex(text: string, from: number, before: number): number {
  const code = hexValue(text.charCodeAt(from)) * 16 + hexValue(text.charCodeAt(from + 1));
  return isShown(code) ? ((before + 2) << 8) | code : 0;
}

/** Printable, or a tab or line end, at which values begin and end. */
function isShown(code: number): boolean {
  return (code >= 0x20 && code < 0x7f) || code === 0x0a || code === 0x0d || code === 0x09;
}

/** NaN for what is no hexadecimal digit. */
function hexValue(code: number): number {
  if ((classOf(code) & HEX) === 0) return Number.NaN;
  return code <= 0x39 ? code - 0x30 : (code & 0x0f) + 9;
}

function readEntity(text: string, at: number): number {
  for (const [entity, character] of ENTITIES) {
    if (text.startsWith(entity, at)) return (entity.length << 8) | character.charCodeAt(0);
  }
  if (text.charCodeAt(at + 1) !== 0x23) return 0;
  const isHex = (text.charCodeAt(at + 2) | 0x20) === 0x78;
  const from = at + (isHex ? 3 : 2);
  let end = from;
  while (end - from < 6 && (classOf(text.charCodeAt(end)) & HEX) !== 0) end++;
  if (text.charCodeAt(end) !== 0x3b) return 0;
  const code = Number.parseInt(text.slice(from, end), isHex ? 16 : 10);
  return isShown(code) ? ((end + 1 - at) << 8) | code : 0;
}

function decode(units: Uint16Array, length: number): string {
  return Buffer.from(units.buffer, units.byteOffset, length * 2).toString("utf16le");
}

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
