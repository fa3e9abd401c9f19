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

/** What a size looks like, for messages. */
export const SIZE_EXAMPLE = "a size such as 64MiB, 500kB or 4096";

/** What a duration looks like, for messages. */
export const DURATION_EXAMPLE = "a duration such as 500ms, 30s, 1h or 7d";

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

/** A size as people write it, so that it reads back as the same number of bytes. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}

/** A duration as people write it, so that it reads back as the same number of milliseconds. */
export function formatDuration(milliseconds: number): string {
  for (const [unit, factor] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const) {
    if (milliseconds >= factor && milliseconds % factor === 0) return `${milliseconds / factor}${unit}`;
  }
  return `${milliseconds}ms`;
}
