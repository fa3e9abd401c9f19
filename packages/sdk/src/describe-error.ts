import { createRedactor, errorCode } from "@plumbline/core";

const MAX_LENGTH = 300;

/** What an error of somebody else's says, fit to be shown: its code or class, and the first line of its message, redacted. */
export function describeError(error: unknown): string {
  const code = errorCode(error);
  const message = firstLine(error);
  return message === "" ? code : `${code}: ${createRedactor().text(message).slice(0, MAX_LENGTH)}`;
}

function firstLine(error: unknown): string {
  try {
    return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "";
  } catch {
    return ""; // a hostile error: its message is no text, or cannot be read
  }
}
