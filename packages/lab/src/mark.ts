/**
 * What every event of the lab carries: who wrote it, as which of his events, and a text that only this event can have.
 * A line that was cut, glued or spliced does not get through {@link readMark}, even where it still is JSON.
 */
export interface Mark {
  readonly writer: string;
  /** Dense from 1 for each writer, in the order of the calls. */
  readonly n: number;
  readonly times: number;
  readonly pad: string;
}

/** How long lines are. */
export type SizeMix =
  /** No pad at all: nothing but ASCII. */
  | "bare"
  /** Around 200 bytes. */
  | "small"
  /** That, with some of 20 KB and few of 600 KB. */
  | "mixed"
  /** Every other one 0.6 to 1.1 MB. */
  | "large";

export function createMark(writer: string, n: number, mix: SizeMix): Mark {
  const times = timesFor(mix, n);
  return { writer, n, times, pad: pad(writer, n, times) };
}

/** The mark of a parsed line, wherever its logger puts attributes; `undefined` when it is none, or not whole. */
export function readMark(line: unknown): Mark | undefined {
  if (!isObject(line)) return undefined;
  const mark = [line, line["attributes"], line["properties"]]
    .map((place) => (isObject(place) ? place["lab"] : undefined))
    .find(isObject);
  if (mark === undefined) return undefined;
  const { writer, n, times, pad: text } = mark;
  if (typeof writer !== "string" || typeof n !== "number" || typeof times !== "number" || typeof text !== "string")
    return undefined;
  if (!Number.isSafeInteger(n) || n < 1 || !Number.isSafeInteger(times) || times < 0 || times > MAX_TIMES)
    return undefined;
  return text === pad(writer, n, times) ? { writer, n, times, pad: text } : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const MAX_TIMES = 60_000;

/** Characters of one to four bytes, so that a cut inside one shows. */
function pad(writer: string, n: number, times: number): string {
  return `${writer}#${n}·漢😀;`.repeat(times);
}

function timesFor(mix: SizeMix, n: number): number {
  if (mix === "bare") return 0;
  const small = 1 + (n % 7);
  if (mix === "large") return n % 2 === 0 ? 30_000 + (n % 20) * 1000 : small;
  if (mix === "mixed" && n % 400 === 211) return 30_000;
  if (mix === "mixed" && n % 40 === 17) return 1000;
  return small;
}
