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
 * The texts by which the scan notices that a text has escapes; of those with `%` the ones of a printable character or a line's end: `%20` parts what the
 * detectors know by the blank in it. Beside them the colours of terminals, and the zero that stands between letters where wide text was read as bytes.
 */
export const VEIL_ANCHORS: readonly string[] = [
  ..."\\u0 \\u{ \\x \\033[ &quot; &# &amp; &lt; &gt; &apos; %u00 %0 %2 %3 %4 %5 %6 %7".split(" "),
  "\u001b[",
  "\u0000",
];

const ENTITIES: readonly (readonly [entity: string, character: string])[] = [
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
];

/** Whether a character that is not ASCII may hide what a text says. Accented letters, which prose is full of, do not count. */
export function isVeiling(code: number): boolean {
  return (code >= 0x180 || code === 0xad || code === 0xa0) && LOOKS[code] !== 0;
}

/** The plain view of a text, `undefined` where it is the text itself. Takes time and space in proportion to the text. */
export function unveil(text: string): PlainView | undefined {
  const { length } = text;
  const view = new View(text);
  if (!view.unveilOnce()) return undefined;
  for (let round = 1; round < MAX_ROUNDS && view.mayNest; round++) if (!view.unveilOnce()) break;
  return view.end(length);
}

/** What stands for itself, whatever follows. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  code === 0 || code === 0x1b || code === 0x25 || code === 0x26 || code === 0x5c ? 0 : 1,
);

/** A text on its way to its plain view, in which it is read and written at once: what is shown is never longer. */
class View {
  readonly #units: Uint16Array;
  readonly #origins: Int32Array;
  #length: number;
  /** Whether anything is left that an escape may begin with. */
  mayNest = false;

  constructor(text: string) {
    this.#length = text.length;
    this.#units = new Uint16Array(text.length + BEHIND);
    Buffer.from(this.#units.buffer).write(text, 0, "utf16le");
    this.#origins = new Int32Array(text.length + 1);
    for (let i = 0; i < text.length; i++) this.#origins[i] = i;
  }

  /** Takes each escape and look-alike for what it stands for. Whether there was any. */
  unveilOnce(): boolean {
    const units = this.#units;
    const origins = this.#origins;
    const length = this.#length;
    let to = 0;
    let isChanged = false;
    let mayNest = false;
    for (let i = 0; i < length;) {
      const code = units[i] as number; // in bounds
      if (code < 0x80 && PLAIN[code] === 1) {
        units[to] = code;
        origins[to++] = origins[i++] as number; // in bounds
        continue;
      }
      const shown = code < 0x80 ? readEscape(units, i, code) : readLook(code, units[i + 1] as number);
      const character = shown & 0xff;
      if (shown === 0) units[to] = code;
      else {
        isChanged = true;
        units[to] = character;
      }
      if (shown === 0 || character !== 0) {
        const written = units[to] as number; // written just now
        if (written === PERCENT || written === AMPERSAND || written === BACKSLASH) mayNest = true;
        origins[to++] = origins[i] as number; // in bounds
      }
      i += shown === 0 ? 1 : shown >> 8;
    }
    units.fill(0, to, length);
    this.#length = to;
    this.mayNest = mayNest;
    return isChanged;
  }

  /** `given`: characters of the text as it was given. */
  end(given: number): PlainView {
    const units = this.#units;
    const length = this.#length;
    let all = 0;
    for (let i = 0; i < length; i++) all |= units[i] as number; // in bounds
    // A string of bytes is read in half the time.
    const text =
      all < 0x80
        ? Buffer.from(units.subarray(0, length)).toString("latin1")
        : Buffer.from(units.buffer, 0, length * 2).toString("utf16le");
    this.#origins[length] = given;
    return { text, origins: this.#origins };
  }
}

/** So many units behind the text are 0, so that an escape may be read beyond its end. */
const BEHIND = 8;

/** How much a character that is not ASCII takes, times 256, and the ASCII one it looks like, 0 where it is not seen; 0 for all when it is itself. */
function readLook(code: number, next: number): number {
  const look = LOOKS[code] ?? 0;
  const seen = look === FOLDS ? looksLikePair(code, next) : look;
  if (seen === 0) return 0;
  return ((look === FOLDS ? 2 : 1) << 8) | (seen === UNSEEN ? 0 : seen);
}

/** How much an escape at `at` takes, times 256, and the character it gives, 0 where that is not seen; 0 for all if there is none. */
function readEscape(units: Uint16Array, at: number, first: number): number {
  if (first === PERCENT) {
    const isLong = units[at + 1] === 0x75 && units[at + 2] === 0x30 && units[at + 3] === 0x30;
    return isLong ? readHex(units, at + 4, 4) : readHex(units, at + 1, 1);
  }
  if (first === AMPERSAND) return readEntity(units, at);
  if (first === 0) return 1 << 8;
  if (first === ESCAPE) return readColour(units, at + 1, at);
  let i = at;
  while (units[i] === BACKSLASH && i - at < 16) i++;
  const kind = units[i];
  if (kind === 0x75 && units[i + 1] === CURLY_OPEN) return readBraced(units, i + 2, i - at);
  const isUnicode = kind === 0x75 && units[i + 1] === 0x30 && units[i + 2] === 0x30;
  const from = isUnicode ? i + 3 : i + 1;
  if (isUnicode || kind === 0x78) {
    // The escape of the character that begins a colour
    if (units[from] === 0x31 && lowerAt(units, from + 1) === 0x62) return readColour(units, from + 2, at);
    return readHex(units, from, from - at);
  }
  const isOctal = kind === 0x30 && units[i + 1] === 0x33 && units[i + 2] === 0x33;
  return isOctal ? readColour(units, i + 3, at) : 0;
}

/** ECMA-48, CSI: colours and moves of terminals, from the bracket on. Nobody sees them. */
function readColour(units: Uint16Array, bracket: number, at: number): number {
  if (units[bracket] !== SQUARE_OPEN) return 0;
  let i = bracket + 1;
  while (i - bracket < MAX_COLOUR && (units[i] as number) >= 0x20 && (units[i] as number) < 0x40) i++;
  const final = units[i] as number;
  return final >= 0x40 && final < 0x7f ? (i + 1 - at) << 8 : 0;
}

const MAX_COLOUR = 32;

/** The hexadecimal digits of `\u{70}`, of which there may be six, and the brace behind them. */
function readBraced(units: Uint16Array, from: number, backslashes: number): number {
  const end = digitsEnd(units, from);
  if (units[end] !== CURLY_CLOSE) return 0;
  const code = Number.parseInt(String.fromCharCode(...units.subarray(from, end)), 16);
  return isShown(code) ? ((backslashes + 2 + end + 1 - from) << 8) | code : 0;
}

function digitsEnd(units: Uint16Array, from: number): number {
  let end = from;
  while (end - from < 6 && (classOf(units[end] as number) & HEX) !== 0) end++;
  return end;
}

function readHex(units: Uint16Array, from: number, before: number): number {
  const code = hexValue(units[from] as number) * 16 + hexValue(units[from + 1] as number);
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

function readEntity(units: Uint16Array, at: number): number {
  for (const [entity, character] of ENTITIES) {
    if (standsAt(units, entity, at)) return (entity.length << 8) | character.charCodeAt(0);
  }
  if (units[at + 1] !== 0x23) return 0;
  const isHex = lowerAt(units, at + 2) === 0x78;
  const from = at + (isHex ? 3 : 2);
  const end = digitsEnd(units, from);
  if (units[end] !== 0x3b) return 0;
  const code = Number.parseInt(String.fromCharCode(...units.subarray(from, end)), isHex ? 16 : 10);
  return isShown(code) ? ((end + 1 - at) << 8) | code : 0;
}

/** With the bit set that tells small letters from capitals. */
function lowerAt(units: Uint16Array, at: number): number {
  return (units[at] ?? 0) | 0x20;
}

function standsAt(units: Uint16Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (units[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

const ESCAPE = 0x1b;
const SQUARE_OPEN = 0x5b;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;
