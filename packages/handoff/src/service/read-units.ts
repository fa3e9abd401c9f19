import type { OptionReader } from "@plumbline/core";

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const AMOUNT = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/;

/** A duration such as `500ms` or `2s`, in milliseconds; `undefined` where it is left out. */
export const durationOption: OptionReader<number | undefined> = scaled(DURATIONS, "a duration such as 500ms, 2s or 1h");

/** A size such as `64MiB`, in bytes; `undefined` where it is left out. */
export const sizeOption: OptionReader<number | undefined> = scaled(SIZES, "a size such as 500kB or 64MiB");

function scaled(factors: Readonly<Record<string, number>>, expected: string): OptionReader<number | undefined> {
  const byUnit = new Map(Object.entries(factors));
  return (value) => {
    if (value === undefined) return { value };
    const [, number, unit] = (typeof value === "string" ? AMOUNT.exec(value) : undefined) ?? [];
    const scale = byUnit.get(unit ?? "");
    return scale === undefined ? { expected } : { value: Math.round(Number(number) * scale) };
  };
}
