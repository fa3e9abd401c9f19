import { classOf, HEX } from "./character-class.ts";
import { foldCharacter, isInvisible, isLookAlike } from "./look-alikes.ts";

/** A text as those read it who take its escapes and look-alikes for what they stand for. */
export interface PlainView {
  readonly text: string;
  /** For each code unit of `text`, and for its end, where it comes from in the given text. */
  readonly origins: Int32Array;
}

/** An escape may itself be escaped, as in `%2570` and in JSON within JSON. */
const MAX_ROUNDS = 4;

/** The texts by which the scan notices that a text has escapes. */
export const VEIL_ANCHORS: readonly string[] = ["\\u0", "\\x", "&quot;", "&#", "&amp;"];

const ENTITIES: readonly (readonly [entity: string, character: string])[] = [
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
];

/** Whether a character that is not ASCII may hide what a text says. Accented letters, which prose is full of, do not count. */
export function isVeiling(code: number): boolean {
  if (code < 0x180) return code === 0xad;
  const isFormOfLatin =
    (code >= 0xff01 && code <= 0xff5e) || code === 0xd835 || (code >= 0x2100 && code <= 0x214f) || code === 0xdb40;
  return isFormOfLatin || (code >= 0x24b6 && code <= 0x24e9) || isInvisible(code) || isLookAlike(code);
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
    if (code < 0x80 && code !== 0x25 && code !== 0x26 && code !== 0x5c) {
      if (length < text.length) {
        plain[length] = code;
        origins[length++] = before === undefined ? i : (before[i] ?? 0);
      }
      i++;
      continue;
    }
    const escape = code === 0x25 || code === 0x26 || code === 0x5c ? readEscape(text, i, code) : 0;
    const size = escape > 0 ? escape >> 8 : code >= 0xd800 && code <= 0xdbff ? 2 : 1;
    const character = escape > 0 ? String.fromCharCode(escape & 0xff) : foldCharacter(text.slice(i, i + size));
    if (character.length !== size || character.charCodeAt(0) !== code) isChanged = true;
    // A ligature may give more than it took: what has no room is left out, so that the arrays never grow.
    for (let j = 0; j < character.length && length < text.length; j++) {
      plain[length] = character.charCodeAt(j);
      origins[length++] = before?.[i] ?? i;
    }
    i += size;
  }
  if (!isChanged) return undefined;
  origins[length] = before?.[text.length] ?? text.length;
  return { text: decode(plain, length), origins };
}

/** How much an escape at `at` takes, times 256, and the character it gives; 0 if there is none. */
function readEscape(text: string, at: number, first: number): number {
  if (first === 0x25) return readHex(text, at + 1, 2, 1);
  if (first === 0x26) return readEntity(text, at);
  let i = at;
  while (text.charCodeAt(i) === 0x5c && i - at < 16) i++;
  const kind = text.charCodeAt(i);
  if (kind === 0x75 && text.charCodeAt(i + 1) === 0x30 && text.charCodeAt(i + 2) === 0x30)
    return readHex(text, i + 3, 2, i + 3 - at);
  return kind === 0x78 ? readHex(text, i + 1, 2, i + 1 - at) : 0;
}

function readHex(text: string, from: number, digits: number, before: number): number {
  for (let i = 0; i < digits; i++) if ((classOf(text.charCodeAt(from + i)) & HEX) === 0) return 0;
  const code = Number.parseInt(text.slice(from, from + digits), 16);
  return code >= 0x20 && code < 0x7f ? ((before + digits) << 8) | code : 0;
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
  return code >= 0x20 && code < 0x7f ? ((end + 1 - at) << 8) | code : 0;
}

function decode(units: Uint16Array, length: number): string {
  return Buffer.from(units.buffer, units.byteOffset, length * 2).toString("utf16le");
}
