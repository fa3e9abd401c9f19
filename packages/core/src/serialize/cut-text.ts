/** What of a redactor is needed here. */
export interface TextRedactor {
  text(value: string): string;
}

/**
 * How far beyond a cut text is looked at. A secret across the cut is seen whole, and so taken out whole, when it is not longer
 * than this; what is left of a longer one is cut off with this much.
 */
const OVERLAP = 16 * 1024;

/** At most `length` code units of a longer text, redacted before it is cut, and a mark that says how much is missing. */
export function cutRedacted(text: string, length: number, redactor: TextRedactor | undefined): string {
  if (redactor === undefined) return cut(text, length, text.length);
  if (text.length <= length + OVERLAP) {
    const whole = redactor.text(text);
    return whole.length <= length ? whole : cut(whole, length, whole.length);
  }
  const safe = redactor.text(text.slice(0, length + OVERLAP));
  // What was redacted may have made the text shorter: its last stretch, where a secret may have been parted, is never kept.
  return cut(safe, Math.max(0, Math.min(length, safe.length - OVERLAP)), text.length);
}

/** The first `length` code units of redacted text, and how many of `of` are missing. Never parts a surrogate pair. */
export function cut(text: string, length: number, of: number): string {
  const code = text.charCodeAt(length - 1);
  const next = text.charCodeAt(length);
  const parts = code >= 0xd800 && code <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
  const kept = text.slice(0, parts ? length - 1 : length);
  // ASCII, so that a cut never doubles the size of a line in memory.
  return `${kept}...[truncated ${Math.max(0, of - kept.length)}]`;
}
