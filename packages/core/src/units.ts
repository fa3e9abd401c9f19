const SIZE_FACTORS: ReadonlyMap<string, number> = new Map([
  ["b", 1],
  ["kb", 1000],
  ["mb", 1000 ** 2],
  ["gb", 1000 ** 3],
  ["tb", 1000 ** 4],
  ["kib", 1024],
  ["mib", 1024 ** 2],
  ["gib", 1024 ** 3],
  ["tib", 1024 ** 4],
]);

const DURATION_FACTORS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** The form of a size, for the JSON Schema: a number and a unit, any case. */
export const SIZE_PATTERN: RegExp = /^\d+(\.\d+)? ?([kKmMgGtT][iI]?)?[bB]$/;

/** The form of a duration, for the JSON Schema. */
export const DURATION_PATTERN: RegExp = /^\d+(\.\d+)? ?(ms|s|m|h|d)$/;

/**
 * Bytes of a size as people write it: `64MiB` is 64 × 1024², `64MB` is 64 × 1000²; a bare integer is bytes.
 * `undefined` when it is none, or is not a whole number of bytes that a number can hold exactly.
 */
export function parseSize(value: string | number): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (/^\d+$/.test(value)) return parseSize(Number(value));
  return SIZE_PATTERN.test(value) ? scale(value, SIZE_FACTORS) : undefined;
}

/**
 * Milliseconds of a duration as people write it. A bare number is refused: nobody can tell whether it means seconds.
 * `undefined` when it is none, or is not a whole number of milliseconds.
 */
export function parseDuration(value: string): number | undefined {
  return DURATION_PATTERN.test(value) ? scale(value, DURATION_FACTORS) : undefined;
}

function scale(text: string, factors: ReadonlyMap<string, number>): number | undefined {
  const digits = /^[\d.]+/.exec(text)?.[0] ?? "";
  const factor = factors.get(text.slice(digits.length).trim().toLowerCase());
  if (factor === undefined) return undefined;
  // Decimal digits are scaled as integers, so that 0.1GB is exactly 100,000,000.
  const [whole = "0", fraction = ""] = digits.split(".");
  const divisor = 10 ** fraction.length;
  const units = Number(whole) * factor + (Number(fraction === "" ? "0" : fraction) * factor) / divisor;
  return Number.isSafeInteger(units) ? units : undefined;
}
