import { isForeignLetter } from "./name-tokens.ts";
import { NAME } from "./pair-syntax.ts";
import type { Scan } from "./scan.ts";

/** Where the name ends that `at` stands in; `isForeign`: it may have letters of any script. */
export function nameEndOf(scan: Scan, at: number, isForeign: boolean): number {
  let i = scan.skip(at, NAME, scan.text.length);
  if (!isForeign) return i;
  while (isForeignLetter(scan.code(i))) i = scan.skip(i + 1, NAME, scan.text.length);
  return i;
}

/** Where the name begins that ends at `nameEnd`, at most `limit` back. */
export function nameStartOf(scan: Scan, nameEnd: number, limit: number, isForeign: boolean): number {
  let i = scan.skipBack(nameEnd, NAME, limit);
  if (!isForeign) return i;
  while (nameEnd - i < limit && isForeignLetter(scan.code(i - 1)))
    i = scan.skipBack(i - 1, NAME, limit - (nameEnd - i) - 1);
  return i;
}
