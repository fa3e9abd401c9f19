const TIME = /^\{(?:"id":"[^"]*",)?"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z"/;
const NANO_DIGITS = 9;

/**
 * A text that sorts as the line's time does, or `undefined` where the line has none. Lines of ours have it in front, in
 * one form; others are parsed.
 */
export function timeKey(line: string): string | undefined {
  const found = TIME.exec(line);
  if (found !== null) return `${found[1]}.${(found[2] ?? "").padEnd(NANO_DIGITS, "0")}`;
  const time = parsedTime(line);
  if (time === undefined) return undefined;
  const ms = typeof time === "number" ? time : Date.parse(time);
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? undefined
    : date
        .toISOString()
        .slice(0, -1)
        .padEnd("0000-00-00T00:00:00.".length + NANO_DIGITS, "0");
}

function parsedTime(line: string): string | number | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("time" in value)) return undefined;
    return typeof value.time === "string" || typeof value.time === "number" ? value.time : undefined;
  } catch {
    return undefined;
  }
}
