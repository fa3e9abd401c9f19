import type { OnceReporter } from "../report-once.ts";

/** Takes the secrets out of a text. */
export type RedactText = (text: string) => string;

const MAX_TEXT_LENGTH = 200;

/** Tells the operator of one component's failures, each kind once; how many there were stands in the account. */
export class FailureReporter {
  readonly #reporter: OnceReporter;
  readonly #component: string;
  readonly #redactText: () => RedactText | undefined;

  /** `redactText` gives the redaction in force. Without one an error's message is left out: it may quote anything. */
  constructor(reporter: OnceReporter, component: string, redactText: () => RedactText | undefined) {
    this.#reporter = reporter;
    this.#component = component;
    this.#redactText = redactText;
  }

  /** `what` is a sentence of ours; `error` adds its message, redacted. */
  report(code: string, what: string, error?: unknown): void {
    const text = this.#textOf(error);
    const message = text === undefined ? what : `${what}: ${text}`;
    this.#reporter.report({ level: "warn", component: this.#component, code, message });
  }

  #textOf(error: unknown): string | undefined {
    const redactText = this.#redactText();
    if (redactText === undefined || error === undefined) return undefined;
    try {
      const text: unknown = typeof error === "object" && error !== null && "message" in error ? error.message : error;
      if (typeof text !== "string" || text === "") return undefined;
      // Redacted before it is cut: half a secret might no longer be known for one.
      return redactText(text).slice(0, MAX_TEXT_LENGTH);
    } catch {
      return undefined; // an error whose message cannot be read has none
    }
  }
}
