/** Sets of ASCII characters, as bits, so that a membership test is one table look-up. */
export const DIGIT = 1;
export const LOWER = 2;
export const UPPER = 4;
export const HEX = 8;
/** `_` */
export const UNDERSCORE = 16;
/** `-` */
export const HYPHEN = 32;
/** `.` */
export const DOT = 64;
/** `+` and `/` */
export const BASE64_SIGN = 128;
/** `=` */
export const EQUALS = 256;
/** Space and tab. */
export const BLANK = 512;
/** CR and LF. */
export const LINE_END = 1024;
/** `~` */
export const TILDE = 2048;
/** `%` */
export const PERCENT = 4096;
/** What a value without quotes may end at: blanks, control characters, quotes, brackets, and `, ; & < > \\`. */
export const VALUE_END = 8192;

export const ALPHA: number = LOWER | UPPER;
export const ALNUM: number = ALPHA | DIGIT;
/** What identifiers and most tokens consist of. */
export const WORD: number = ALNUM | UNDERSCORE;
export const BASE64_URL: number = ALNUM | UNDERSCORE | HYPHEN;
export const BASE64: number = ALNUM | BASE64_SIGN;
export const WHITE: number = BLANK | LINE_END;

const MASKS: Uint16Array = buildMasks();

/** The sets that a UTF-16 code unit is in; none for anything beyond ASCII, and for -1 (beyond the text's end), which is read as DEL. */
export function classOf(code: number): number {
  return code < 128 ? (MASKS[code & 127] as number) : 0; // in bounds
}

function buildMasks(): Uint16Array {
  const masks = new Uint16Array(128);
  const add = (characters: string, mask: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0);
      masks[code] = (masks[code] ?? 0) | mask;
    }
  };
  add("0123456789", DIGIT | HEX);
  add("abcdefghijklmnopqrstuvwxyz", LOWER);
  add("ABCDEFGHIJKLMNOPQRSTUVWXYZ", UPPER);
  add("abcdefABCDEF", HEX);
  add("_", UNDERSCORE);
  add("-", HYPHEN);
  add(".", DOT);
  add("+/", BASE64_SIGN);
  add("=", EQUALS);
  add(" \t", BLANK);
  add("\r\n", LINE_END);
  add("~", TILDE);
  add("%", PERCENT);
  add(String.fromCharCode(...Array.from({ length: 0x21 }, (_, code) => code)), VALUE_END);
  add("\"'`)]},;&<>\\", VALUE_END);
  return masks;
}
