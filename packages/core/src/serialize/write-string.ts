// oxlint-disable-next-line no-control-regex -- these are the characters that JSON wants escaped
const MUST_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
// oxlint-disable-next-line no-control-regex -- as above
const NOT_SIMPLE = /["\\\u0000-\u001f\u0080-\uffff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const NOTHING = /(?:)/;
const TWO_BYTE = /[\u0100-\uffff]/;
/** Up to here a loop over the characters is quicker than a call of the regular expression. */
const SHORT = 16;

/** Whether the text can stand between quotes as it is. Surrogates count as not, since they may be alone. */
export function isPlain(text: string): boolean {
  // Most texts are ASCII, and the expression that asks for less is a quarter faster on them.
  if (text.length > SHORT) return !NOT_SIMPLE.test(text) || !MUST_ESCAPE.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

/**
 * The text as a JSON string. A lone surrogate becomes U+FFFD: its escape is legal JSON, but half of all readers refuse it
 * and none can put it into UTF-8 (RFC 8259, section 8.2; RFC 7493, section 2.1).
 */
export function quote(text: string): string {
  if (isPlain(text)) return `"${text}"`;
  const json = JSON.stringify(wellFormed(text));
  forgetMatch();
  return json;
}

/** Makes V8 let go of the text that a regular expression of the process last matched in: it keeps it whole, as `RegExp.input`. */
export function forgetMatch(): void {
  NOTHING.test("");
}

/** The text with U+FFFD for every lone surrogate. */
export function wellFormed(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, "\ufffd") : text;
}

/**
 * Makes the string flat in place and says whether it takes two bytes a character.
 *
 * V8 keeps a concatenation as a tree of its parts, and a part may be a slice that keeps the whole raw text it was cut from
 * reachable. Asking the tree for a character replaces it by one flat string. On a one-byte string V8 knows without looking that
 * the expression cannot match.
 */
export function flatten(text: string): boolean {
  // The character is used: a call whose result is not would be optimised away.
  return text.charCodeAt(text.length - 1) > 0xff || TWO_BYTE.test(text);
}

/** A flat copy of well-formed text that shares no memory with what it was cut from. V8 slices nothing below 13 characters. */
export function flatCopy(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, "utf8").toString("utf8");
}

/** A flat copy of a short text as V8 keeps property names and literals: equal ones are one and the same, so that they are compared at once. */
export function internalized(text: string): string {
  for (const name in { [text]: 0 }) return name;
  return text;
}
