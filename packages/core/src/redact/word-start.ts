import type { Scan } from "./scan.ts";

/** Whether the character at `at` is the letter of an escape (`\n`, `\t`), at any depth of quoting, and so none of the word that follows. */
export function isEscapeLetter(scan: Scan, at: number): boolean {
  return scan.code(at - 1) === BACKSLASH && LETTERS.has(scan.code(at));
}

/** Whether what begins at `at` only goes on with what stands before it: characters of these sets, and no escape's letter. */
export function goesOn(scan: Scan, at: number, mask: number): boolean {
  return scan.is(at - 1, mask) && !isEscapeLetter(scan, at - 1);
}

/** Where the word begins whose run of characters begins at `start`: behind the letter of an escape. */
export function wordStart(scan: Scan, start: number): number {
  return isEscapeLetter(scan, start) ? start + 1 : start;
}

/** RFC 8259 §7: those of one letter. Other languages have the same. */
const LETTERS: ReadonlySet<number> = new Set(Array.from("nrtbf", (letter) => letter.charCodeAt(0)));
const BACKSLASH = 0x5c;
