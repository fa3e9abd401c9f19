/** How one option of a config is read: its value, or what was expected. */
export type OptionReader = (value: unknown) => { readonly value: unknown } | { readonly expected: string };

const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)$/;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)$/;
const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
const BYTES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1000],
  ["KB", 1000],
  ["MB", 1000 ** 2],
  ["GB", 1000 ** 3],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

/** A duration with its unit, as milliseconds. */
export const durationOption: OptionReader = (value) => {
  const [, amount, unit] = typeof value === "string" ? (DURATION.exec(value) ?? []) : [];
  const ms = Math.round(Number(amount) * (MILLISECONDS.get(unit ?? "") ?? Number.NaN));
  return ms >= 1 ? { value: ms } : { expected: "a duration such as 500ms, 10s or 1m" };
};

/** A size with its unit, or a bare number, as bytes. */
export const sizeOption: OptionReader = (value) => {
  const text = typeof value === "number" ? `${value}B` : value;
  const [, amount, unit] = typeof text === "string" ? (SIZE.exec(text) ?? []) : [];
  const bytes = Math.round(Number(amount) * (BYTES.get(unit ?? "") ?? Number.NaN));
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
