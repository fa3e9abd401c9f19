/** What is to happen to a value under a name that a rule matched. */
export interface KeyRule {
  /** The rule's id; stands in the label (`[redacted:key]`). */
  readonly id: string;
  /** Whether the name is one of `redact.keys`: then everything that says something is a secret under it, a truth value or a count too. */
  readonly isOwn?: boolean;
}

/** What the redactor knows of a property name. Cached per name, so the walk pays for it once. */
export interface KeyVerdict {
  /** The name as it may be written: itself, or with a secret in it replaced. */
  readonly name: string;
  /** The rule that the value under this name falls to; `undefined` when it is walked like any other. */
  readonly rule: KeyRule | undefined;
}

/**
 * Takes secrets out, as the walk goes. Pure but for its counts: the same input gives the same output, and redacting what
 * is redacted changes nothing.
 */
export interface Redactor {
  /** The verdict on a property name. */
  key(name: string): KeyVerdict;
  /** Text as it may be written: the very same string when nothing was found in it. */
  text(value: string): string;
  /**
   * Whether what `text` returned last is known to hold nothing that JSON escapes, and no surrogate: then it is not looked at once more.
   * May be left out.
   */
  readonly isPlain?: boolean;
  /**
   * What is written in the place of a value under a matched name; `undefined` leaves the entry out.
   * `value` is the primitive's text, or `undefined` for anything that has none (objects, arrays, functions).
   */
  replace(rule: KeyRule, value: string | undefined): string | undefined;
  /** Whether any allow-list by path is set; only then does the walk keep track of the path. */
  readonly hasPathRules: boolean;
  /** Whether the value at this path is exempt from its name's rule. Array indexes are not part of a path. */
  allows(path: readonly string[]): boolean;
  /** How much was redacted so far, by rule or detector id. Never a value. */
  counts(): Readonly<Record<string, number>>;
}
