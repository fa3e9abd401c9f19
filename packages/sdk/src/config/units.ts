/** What a size looks like, for messages. */
export const SIZE_EXAMPLE = "a size such as 64MiB, 500kB or 4096";

/** What a duration looks like, for messages. */
export const DURATION_EXAMPLE = "a duration such as 500ms, 30s, 1h or 7d";

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
