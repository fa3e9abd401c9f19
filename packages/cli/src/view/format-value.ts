import { type AnyValue, DoubleValue } from "@plumbline/core";
import { safeText } from "../terminal/safe-text.ts";

/** A longer text is cut in the pretty view; `--json` shows all of it. */
const MAX_SHOWN_LENGTH = 1000;
const PLAIN = /^[\p{L}\p{N}_.:/@+-]+$/u;

/** A value on one line for people to read; safe to print on a terminal. */
export function formatValue(value: AnyValue): string {
  if (typeof value === "string") return PLAIN.test(value) ? shorten(value) : `"${shorten(value)}"`;
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof DoubleValue) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value);
  if (value instanceof Uint8Array) return formatBytes(value);
  if (isArray(value)) return `[${value.map(formatValue).join(", ")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${safeText(key)}: ${formatValue(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** A text without quotes, cut where it is very long. */
export function shorten(text: string): string {
  if (text.length <= MAX_SHOWN_LENGTH) return safeText(text);
  return `${safeText(text.slice(0, MAX_SHOWN_LENGTH))}… (${text.length - MAX_SHOWN_LENGTH} more)`;
}

function formatBytes(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 16)).toString("hex");
  return `<${bytes.length} bytes ${shown}${bytes.length > 16 ? "…" : ""}>`;
}

function isArray(value: object): value is readonly AnyValue[] {
  return Array.isArray(value);
}
