import { createRedactor } from "@plumbline/core";
import { safeText } from "../terminal/safe-text.ts";

/** Shorter values are words like `true` or `9090`, which hide more than they give away. */
const MIN_MASKED_LENGTH = 4;
const MAX_LENGTH = 400;

/** What another program said, as one line that may be shown: without the values that were put in, and without what is known for a secret. */
export class Masking {
  readonly #redactor = createRedactor();
  #values: readonly (readonly [name: string, value: string])[] = [];

  /** Also hides these, from now on. The longest first: one may be a part of another. */
  hide(values: ReadonlyMap<string, string>): void {
    const all = new Map([...this.#values, ...values]);
    const long = [...all].filter(([, value]) => value.trim().length >= MIN_MASKED_LENGTH);
    this.#values = long.sort(([, a], [, b]) => b.length - a.length);
  }

  line(text: string): string {
    let masked = text;
    for (const [name, value] of this.#values) masked = masked.replaceAll(value, () => `$(${name})`);
    const words = this.#redactor.text(masked).replaceAll(/\s+/g, " ").trim();
    return safeText(words.length > MAX_LENGTH ? `${words.slice(0, MAX_LENGTH)}…` : words);
  }
}
