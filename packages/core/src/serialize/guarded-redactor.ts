import type { KeyRule, KeyVerdict, Redactor } from "../redact/redactor.ts";

/** A redactor or one of its detectors threw, or gave what is no text: the event must not be written. */
export class RedactionFailed extends Error {
  override readonly name = "RedactionFailed";
}

/** A redactor whose failures can be told from those of the values that are walked, and that knows whether it took anything out. */
export class GuardedRedactor {
  readonly #redactor: Redactor;
  readonly hasPathRules: boolean;
  /** Set when something was taken out of a text; whoever reads it resets it. */
  changed = false;
  /** Whether the last text is known to need no escaping. */
  isPlain = false;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
    this.hasPathRules = redactor.hasPathRules;
  }

  key(name: string): KeyVerdict {
    try {
      const verdict = this.#redactor.key(name);
      if (typeof verdict.name !== "string") throw new TypeError("not a verdict");
      if (verdict.name !== name) this.changed = true;
      return verdict;
    } catch (error) {
      throw new RedactionFailed("key", { cause: error });
    }
  }

  text(value: string): string {
    let safe: string;
    try {
      safe = this.#redactor.text(value);
    } catch (error) {
      throw new RedactionFailed("text", { cause: error });
    }
    this.isPlain = this.#redactor.isPlain === true;
    if (safe === value) return value;
    if (typeof safe !== "string") throw new RedactionFailed("text");
    this.changed = true;
    return safe;
  }

  replace(rule: KeyRule, value: string | undefined): string | undefined {
    try {
      const text = this.#redactor.replace(rule, value);
      if (text !== undefined && typeof text !== "string") throw new TypeError("not a text");
      return text;
    } catch (error) {
      throw new RedactionFailed("replace", { cause: error });
    }
  }

  allows(path: readonly string[]): boolean {
    try {
      return this.#redactor.allows(path);
    } catch (error) {
      throw new RedactionFailed("allows", { cause: error });
    }
  }
}
