import type { Scan } from "./scan.ts";
import { looksSecret } from "./value-judgement.ts";

/** The attributes of an element are read so far. */
const MAX_ATTRIBUTES = 256;

/** Where the content begins of an element whose name ends at `nameEnd` and that has attributes; -1 when it has none, or no content. */
export function contentStart(scan: Scan, nameEnd: number): number {
  const end = scan.nextOf(">", nameEnd);
  if (end - nameEnd >= MAX_ATTRIBUTES || scan.code(end) !== GREATER || scan.code(end - 1) === SLASH) return -1;
  return scan.nextOf("<", nameEnd) > end && scan.nextOf("=", nameEnd) < end ? end + 1 : -1;
}

/** A value in an element: up to the next one, or to the end of its CDATA section. */
export function content(scan: Scan, start: number): { readonly start: number; readonly end: number } {
  const isRaw = scan.startsWith(CDATA, start);
  const from = isRaw ? start + CDATA.length : start;
  const end = scan.nextOf(isRaw ? "]]>" : "<", from);
  return { start: from, end: scan.code(end - 1) === CARRIAGE_RETURN ? end - 1 : end };
}

const CDATA = "<![cdata[";

/** Whether the value of an element that an attribute names is one word that looks like a secret: labels and messages are named so as well. */
export function isSecretContent(scan: Scan, start: number, end: number): boolean {
  if (scan.code(end) !== LESS) return false;
  if (scan.nextOf(" ", start) < end || scan.nextOf("\t", start) < end) return false;
  return looksSecret(scan, start, end);
}

const CARRIAGE_RETURN = 0x0d;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
