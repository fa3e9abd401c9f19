const QUOTE = 0x22;
const COLON = 0x3a;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const SQUARE_CLOSE = 0x5d;
const CURLY_OPEN = 0x7b;
const CURLY_CLOSE = 0x7d;

/** JSON that is nested deeper is read as text: whoever follows it value by value would run out of stack. */
const MAX_DEPTH = 512;

/** What can be said of a JSON text without its values. */
export interface JsonOutline {
  readonly isDeep: boolean;
  /**
   * Whether an object has a name twice (RFC 8259 §4 does not forbid it): then what `JSON.parse` makes of the text has only the last of the values.
   */
  readonly hasRepeatedNames: boolean;
}

/** `parsed` is what `JSON.parse` makes of the text. */
export function outlineOf(json: string, parsed: unknown): JsonOutline {
  let names = 0; // a colon outside of texts stands behind each
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === COLON) names += 1;
    else if (code === SQUARE_OPEN || code === CURLY_OPEN) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === SQUARE_CLOSE || code === CURLY_CLOSE) depth -= 1;
    else if (code === QUOTE) {
      at += 1;
      for (; at < json.length && json.charCodeAt(at) !== QUOTE; at++) if (json.charCodeAt(at) === BACKSLASH) at += 1;
    }
  }
  return { isDeep: deepest > MAX_DEPTH, hasRepeatedNames: names !== countEntries(parsed) };
}

function countEntries(value: unknown): number {
  let count = 0;
  const open: unknown[] = [value];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item !== "object" || item === null) continue;
    const values: readonly unknown[] = Object.values(item);
    if (!Array.isArray(item)) count += values.length;
    for (const each of values) if (typeof each === "object" && each !== null) open.push(each);
  }
  return count;
}
