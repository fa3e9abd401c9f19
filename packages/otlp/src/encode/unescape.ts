const HIGH_SURROGATE = 0xd800;
const LOW_SURROGATE = 0xdc00;
const REPLACEMENT = 0xfffd;
/** `"`, `\` and `/` stand for themselves. */
const CONTROL: ReadonlyMap<number, number> = new Map([
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
]);

/**
 * Writes the text of a JSON string, whose escapes are well formed, as UTF-8 into `target` at `at`; gives the offset behind it. It takes no more
 * bytes than the escaped text has. A lone surrogate becomes U+FFFD.
 */
export function unescapeInto(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  let out = at;
  for (let i = from; i < to; i++) {
    const byte = source[i] ?? 0;
    if (byte !== 92) {
      target[out++] = byte;
      continue;
    }
    i += 1;
    const escape = source[i] ?? 0;
    if (escape !== 117) {
      target[out++] = CONTROL.get(escape) ?? escape;
      continue;
    }
    let code = hex4(source, i + 1);
    i += 4;
    if (code >= HIGH_SURROGATE && code < 0xe000) {
      const next = code < LOW_SURROGATE && source[i + 1] === 92 && source[i + 2] === 117 ? hex4(source, i + 3) : 0;
      if (next >= LOW_SURROGATE && next < 0xe000) {
        code = 0x10000 + ((code - HIGH_SURROGATE) << 10) + (next - LOW_SURROGATE);
        i += 6;
      } else {
        code = REPLACEMENT;
      }
    }
    out = writeCodePoint(target, out, code);
  }
  return out;
}

function writeCodePoint(target: Uint8Array, at: number, code: number): number {
  let out = at;
  if (code < 0x80) {
    target[out++] = code;
  } else if (code < 0x800) {
    target[out++] = 0xc0 | (code >> 6);
    target[out++] = 0x80 | (code & 0x3f);
  } else if (code < 0x10000) {
    target[out++] = 0xe0 | (code >> 12);
    target[out++] = 0x80 | ((code >> 6) & 0x3f);
    target[out++] = 0x80 | (code & 0x3f);
  } else {
    target[out++] = 0xf0 | (code >> 18);
    target[out++] = 0x80 | ((code >> 12) & 0x3f);
    target[out++] = 0x80 | ((code >> 6) & 0x3f);
    target[out++] = 0x80 | (code & 0x3f);
  }
  return out;
}

function hex4(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) value = value * 16 + hexDigit(bytes[i] ?? 0);
  return value;
}

/** The value of a hex digit of either case; -1 of any other byte. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
