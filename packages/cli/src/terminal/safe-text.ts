/**
 * Characters that would let a log line steer the reader's terminal or lie about the order of its text: C0 and C1 controls, DEL, line and
 * paragraph separators, and the bidirectional controls. Source: Unicode, UAX #9; ECMA-48.
 */
// eslint-disable-next-line no-control-regex -- finding control characters is what it is for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;
const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** The text with every character that could steer a terminal written as an escape. */
export function safeText(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => SHORT.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
