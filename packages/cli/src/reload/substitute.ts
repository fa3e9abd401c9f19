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

/** A run of dollars before a name in brackets. A name begins with a letter or `_`: `${1}` of a relabelling rule is none. */
const NAMED = /(\$+)(?:\(([A-Za-z_][A-Za-z0-9_]*)\)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;

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
  const text = content.toString("latin1").replace(NAMED, (whole, dollars: string, round?: string, curly?: string) => {
    const name = round ?? curly;
    if (name === undefined || (syntax === "round" && round === undefined)) return whole;
    if (syntax === "curly" && curly === undefined) return whole;
    const kept = "$".repeat(Math.floor(dollars.length / 2));
    const brackets = whole.slice(dollars.length);
    if (dollars.length % 2 === 0) return `${kept}${brackets}`;
    const value = lookUp(name);
    if (value === undefined) {
      if (!unset.includes(name)) unset.push(name);
      return whole;
    }
    used.set(name, value);
    return `${kept}${Buffer.from(value).toString("latin1")}`;
  });
  return { content: Buffer.from(text, "latin1"), used, unset };
}
