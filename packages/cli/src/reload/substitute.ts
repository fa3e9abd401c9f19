/** Which ways to name a variable are seen: `$(NAME)`, `${NAME}`, or both. */
export type VariableSyntax = "round" | "curly" | "both";

/** What substitution made of a text. */
export interface Substituted {
  readonly content: Buffer;
  /** Variables that were put in, with their values. */
  readonly used: ReadonlyMap<string, string>;
  /** Variables that are not set, in the order in which they are named; their text is kept. */
  readonly unset: readonly string[];
}

/** A name in brackets, with the last of the dollars before it. A name begins with a letter or `_`: `${1}` of a relabelling rule is none. */
const NAMED = /\$(?:\(([A-Za-z_][A-Za-z0-9_]*)\)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;

/**
 * Puts variables in. Before a name in brackets two dollars stand for one, so `$$(NAME)` is the text `$(NAME)`, and `$$$(NAME)` a dollar and the value. Values
 * are put in as they are, and not looked through again. Bytes that are not text stay what they are.
 */
export function substitute(
  content: Buffer,
  syntax: VariableSyntax,
  lookUp: (name: string) => string | undefined,
): Substituted {
  const used = new Map<string, string>();
  const unset: string[] = [];
  // One character a byte, there and back: names and dollars are ASCII, and nothing else is touched.
  const text = content.toString("latin1");
  const parts: string[] = [];
  let end = 0;
  for (const { 0: whole, 1: round, 2: curly, index } of text.matchAll(NAMED)) {
    const name = syntax === "round" ? round : syntax === "curly" ? curly : (round ?? curly);
    if (name === undefined) continue;
    let start = index;
    while (start > end && text[start - 1] === "$") start--;
    const dollars = index - start + 1;
    parts.push(text.slice(end, start), "$".repeat(Math.floor(dollars / 2)));
    end = index + whole.length;
    if (dollars % 2 === 0) {
      parts.push(whole.slice(1));
      continue;
    }
    const value = lookUp(name);
    if (value !== undefined) {
      used.set(name, value);
      parts.push(Buffer.from(value).toString("latin1"));
      continue;
    }
    if (!unset.includes(name)) unset.push(name);
    parts.push(whole);
  }
  parts.push(text.slice(end));
  return { content: Buffer.from(parts.join(""), "latin1"), used, unset };
}
