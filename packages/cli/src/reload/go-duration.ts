const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds of a duration as Go writes it: `500ms`, `1.5s`, `1m30s`, or `0`. `undefined` when it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:\d{1,12}(?:\.\d{1,12})?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h)/g)) {
    sum += Number(number) * (UNITS.get(unit ?? "") ?? Number.NaN);
  }
  return Number.isFinite(sum) ? sum : undefined;
}
