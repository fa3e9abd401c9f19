import { stripVTControlCharacters } from "node:util";

/** Ranges of code points that take two cells: East Asian Wide and Fullwidth, and emoji. Source: Unicode 16, EastAsianWidth.txt. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** How many cells of a terminal a text takes. Colours take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x300) width += 1;
    else if (!ZERO_WIDTH.test(character)) width += isWide(point) ? 2 : 1;
  }
  return width;
}

/** The text with blanks after it, up to `width` cells. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** The text with blanks before it, up to `width` cells. */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - textWidth(text))) + text;
}

function isWide(point: number): boolean {
  return WIDE.some(([first, last]) => point >= first && point <= last);
}
