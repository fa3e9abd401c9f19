import { createRedactor, errorCode, PlumblineError } from "@plumbline/core";

const MAX_LENGTH = 300;

/** What an error of somebody else's says, fit to be shown: its code or class, and the first line of its message, redacted. */
export function describeError(error: unknown): string {
  const code = errorCode(error);
  const message = firstLine(error);
  return message === "" ? code : `${code}: ${createRedactor().text(message).slice(0, MAX_LENGTH)}`;
}

/** As {@link describeError}, but one of ours in its own words. They are redacted too: a plugin throws our errors, in words of its own. */
export function wordsOf(error: unknown): string {
  return PlumblineError.isInstance(error) ? createRedactor().text(error.message) : describeError(error);
}

/** An error of somebody else's as a cause that may be printed whole: its class and code, and its message and stack, redacted. */
export function redactedError(error: unknown): Error {
  const redactor = createRedactor();
  const shown = new Error(redactor.text(textOf(error, "message") ?? ""));
  shown.name = redactor.text(textOf(error, "name") ?? "Error");
  shown.stack = redactor.text(textOf(error, "stack") ?? `${shown.name}: ${shown.message}`);
  const code = errorCode(error);
  return code === shown.name || code === "unknown" ? shown : Object.assign(shown, { code });
}

function textOf(error: unknown, key: "message" | "name" | "stack"): string | undefined {
  try {
    const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, key) : undefined;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined; // a hostile error: its getters throw
  }
}

function firstLine(error: unknown): string {
  try {
    return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "";
  } catch {
    return ""; // a hostile error: its message is no text, or cannot be read
  }
}
