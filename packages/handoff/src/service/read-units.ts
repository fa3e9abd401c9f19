import { type OptionReader, parseDuration, parseSize } from "@plumbline/core";

/** A duration such as `500ms` or `2s`, in milliseconds; `undefined` where it is left out. */
export const durationOption: OptionReader<number | undefined> = (value) => {
  if (value === undefined) return { value };
  const milliseconds = typeof value === "string" ? parseDuration(value) : undefined;
  return milliseconds === undefined ? { expected: "a duration such as 500ms, 2s or 1h" } : { value: milliseconds };
};

/** A size such as `64MiB`, or a bare number, in bytes; `undefined` where it is left out. */
export const sizeOption: OptionReader<number | undefined> = (value) => {
  if (value === undefined) return { value };
  const bytes = typeof value === "string" || typeof value === "number" ? parseSize(value) : undefined;
  return bytes === undefined || bytes === 0 ? { expected: "a size such as 500kB, 64MiB or 4096" } : { value: bytes };
};
