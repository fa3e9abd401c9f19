import {
  type AnchorTable,
  EXACT as IS_EXACT,
  HOW as HOW_FIELD,
  TEXT_FROM as TEXT_FROM_FIELD,
  TEXT_LENGTH as TEXT_LENGTH_FIELD,
} from "./anchor-table.ts";

// The engine takes a constant of this very module for one, but reads an imported one anew each time.
const EXACT = IS_EXACT;
const HOW = HOW_FIELD;
const TEXT_FROM = TEXT_FROM_FIELD;
const TEXT_LENGTH = TEXT_LENGTH_FIELD;

/** How many characters of the anchor, from its first on, stand at this place of the bytes, in which nothing that is not ASCII is like anything of an anchor. */
export function equalInBytes(table: AnchorTable, anchor: number, bytes: Uint8Array, place: number): number {
  const { fields, codes } = table;
  const from = fields[anchor + TEXT_FROM] as number; // in bounds, like all that is read here
  const length = fields[anchor + TEXT_LENGTH] as number;
  const isExact = ((fields[anchor + HOW] as number) & EXACT) !== 0;
  let i = 0;
  for (; i < length; i++) {
    const code = bytes[place + i] as number;
    const wanted = codes[from + i] as number;
    if (code === wanted) continue;
    if (isExact || code < 0x41 || code > 0x5a || code + 32 !== wanted) break;
  }
  return i;
}

/** The same of a place in the text, which may be outside of it. */
export function equalInText(table: AnchorTable, anchor: number, text: string, start: number): number {
  const { fields, codes } = table;
  const from = fields[anchor + TEXT_FROM] as number; // in bounds, like all that is read here
  const length = fields[anchor + TEXT_LENGTH] as number;
  const isExact = ((fields[anchor + HOW] as number) & EXACT) !== 0;
  if (start < 0 || start + length > text.length) return -1;
  let i = 0;
  for (; i < length; i++) {
    const code = text.charCodeAt(start + i);
    const wanted = codes[from + i] as number;
    if (code === wanted) continue;
    if (isExact || code < 0x41 || code > 0x5a || code + 32 !== wanted) break;
  }
  return i;
}
