import { foldLookAlikes } from "./look-alikes.ts";

/** Longer names are judged by their last part: what a name means stands at its end. */
const MAX_NAME_LENGTH = 160;

const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
/** Of a script without cases that has no part in a word of Latin letters: Chinese, Japanese, Korean. */
const IDEOGRAPH = 4;
/** Where the radicals of Chinese begin, and the scripts of East Asia. */
const FIRST_IDEOGRAPH = 0x2e80;

/**
 * The words of a property name, lower case: `userAPIKey2`, `user_api-key` and `User.Api.Key` all give `user`, `api`, `key`.
 * Look-alike letters and invisible characters are taken for what they look like. Numbers are left out. Where Chinese, Japanese or Korean begins another word does.
 */
export function nameTokens(name: string): string[] {
  const cut = name.length > MAX_NAME_LENGTH ? name.slice(-MAX_NAME_LENGTH) : name;
  const plain = isAscii(cut) ? cut : foldLookAlikes(cut);
  const tokens: string[] = [];
  let start = -1;
  let previous = 0;
  for (let i = 0; i < plain.length; i++) {
    const kind = kindOf(plain.charCodeAt(i));
    const isLetter = kind !== 0 && kind !== DIGIT;
    if (start >= 0) {
      const startsHump = kind === UPPER && previous === LOWER;
      const endsAcronym =
        kind === UPPER && previous === UPPER && kindOf(plain.charCodeAt(i + 1)) === LOWER && !isPlural(plain, i + 1);
      const changesScript = isLetter && (kind === IDEOGRAPH) !== (previous === IDEOGRAPH);
      if (!isLetter || startsHump || endsAcronym || changesScript) {
        tokens.push(plain.slice(start, i).toLowerCase());
        start = -1;
      }
    }
    if (isLetter && start < 0) start = i;
    previous = kind;
  }
  if (start >= 0) tokens.push(plain.slice(start).toLowerCase());
  return tokens;
}

/** A lone `s` after an acronym: `userIDs`, `APIKEYs`. */
function isPlural(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x73 && kindOf(text.charCodeAt(at + 1)) !== LOWER;
}

function kindOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return LOWER;
  if (code >= 0x41 && code <= 0x5a) return UPPER;
  if (code >= 0x30 && code <= 0x39) return DIGIT;
  if (!isForeignLetter(code)) return 0;
  if (code >= FIRST_IDEOGRAPH) return IDEOGRAPH;
  const letter = String.fromCharCode(code);
  return letter === letter.toLowerCase() ? LOWER : UPPER;
}

/** Beyond ASCII and in Unicode's first plane, and no sign: those of Latin-1, general punctuation, symbols, the punctuation of Chinese and Japanese, full-width signs. */
export function isForeignLetter(code: number): boolean {
  if (code < 0xc0 || code === 0xd7 || code === 0xf7 || (code >= 0xd800 && code < 0xf900)) return false;
  return !(code >= 0x2000 && code < 0x2c00) && !(code >= 0x3000 && code < 0x3040) && code < 0xfe00;
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
