import { createRedactor, type Redactor } from "@plumbline/core";

const MAX_SHOWN = 200;

/** What a receiver says, fit to be shown: it may quote what it was sent, its token among it. */
export class ReceiverWords {
  /** Made when a receiver says something: that takes some milliseconds. */
  #redactor: Redactor | undefined;
  #last = "";
  #lastShown = "";

  /** Redacted before it is cut: half a secret might no longer be known for one. */
  readonly shown = (text: string): string => {
    if (text === this.#last) return this.#lastShown; // most say the same again and again
    this.#redactor ??= createRedactor();
    this.#last = text;
    this.#lastShown = this.#redactor.text(text).slice(0, MAX_SHOWN).trim();
    return this.#lastShown;
  };
}
