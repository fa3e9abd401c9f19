const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const NO_SIGN = 64;
/** What a sign below 128 stands for (RFC 4648 §4 and §5). */
const VALUES = new Uint8Array(128).fill(NO_SIGN);
for (const alphabet of [`${ALPHABET}+/`, `${ALPHABET}-_`])
  for (let value = 0; value < alphabet.length; value++) VALUES[alphabet.charCodeAt(value)] = value;

/** A longer text is decoded by the system: from there on its call pays. */
const MAX_SHORT = 256;
const EQUALS = 0x3d;

/** Whether it holds for every byte that the base64 encodes, asked in order up to the first for which it does not; as `Buffer` decodes it. */
export function everyBase64Byte(base64: string, holds: (byte: number, index: number) => boolean): boolean {
  const end = endOfShort(base64);
  if (end < 0) return Buffer.from(base64, "base64").every(holds);
  let bits = 0;
  let known = 0;
  let index = 0;
  for (let i = 0; i < end; i++) {
    bits = ((bits << 6) | (VALUES[base64.charCodeAt(i)] as number)) & 0xffff; // in bounds, as it has been looked at
    known += 6;
    if (known < 8) continue;
    known -= 8;
    if (!holds((bits >> known) & 0xff, index++)) return false;
  }
  return true;
}

/** Where the padding begins; -1 where it is long, or has signs that are none of the alphabet's. */
function endOfShort(base64: string): number {
  let end = base64.length;
  if (end > MAX_SHORT) return -1;
  while (end > base64.length - 2 && end > 0 && base64.charCodeAt(end - 1) === EQUALS) end--;
  for (let i = 0; i < end; i++) {
    const code = base64.charCodeAt(i);
    if (code > 127 || VALUES[code] === NO_SIGN) return -1;
  }
  return end;
}
