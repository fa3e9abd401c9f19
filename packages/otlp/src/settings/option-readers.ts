import { parseDuration, parseSize } from "@plumbline/core";

/** How one option of a config is read: its value, or what was expected. */
export type OptionReader = (value: unknown) => { readonly value: unknown } | { readonly expected: string };

/** A duration with its unit, as milliseconds. */
export const durationOption: OptionReader = (value) => {
  const ms = (typeof value === "string" ? parseDuration(value) : undefined) ?? 0;
  return ms >= 1 ? { value: ms } : { expected: "a duration such as 500ms, 10s or 1m" };
};

/** A size with its unit, or a bare number, as bytes. */
export const sizeOption: OptionReader = (value) => {
  const bytes = (typeof value === "string" || typeof value === "number" ? parseSize(value) : undefined) ?? 0;
  return bytes >= 1024 ? { value: bytes } : { expected: "a size from 1KiB, such as 4MiB" };
};

export const textOption: OptionReader = (value) =>
  typeof value === "string" && value !== "" ? { value } : { expected: "text that is not empty" };

export function wholeNumberOption(least: number, most: number): OptionReader {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? { value }
      : { expected: `a whole number from ${least} to ${most}` };
}

export function choiceOption(...choices: readonly string[]): OptionReader {
  return (value) =>
    typeof value === "string" && choices.includes(value) ? { value } : { expected: `one of ${choices.join(", ")}` };
}
