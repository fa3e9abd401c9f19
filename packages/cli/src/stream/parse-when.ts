import { parseTimestamp } from "@plumbline/core";
import { InvalidArgumentError } from "commander";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["d", 86_400_000_000_000n],
]);

/** A moment of the command line, in nanoseconds since 1970, as it is at `nowMicros`. */
export type Moment = (nowMicros: number) => bigint;

/** `-3h`, `90m` and `2d` (ago), `now`, or an ISO time. Throws commander's error for a wrong argument. */
export function parseWhen(text: string): Moment {
  if (text === "now") return (nowMicros) => BigInt(nowMicros) * 1000n;
  const [, amount, unit] = /^-?(\d{1,9})([smhd])$/.exec(text) ?? [];
  const size = UNITS.get(unit ?? "");
  if (amount !== undefined && size !== undefined)
    return (nowMicros) => BigInt(nowMicros) * 1000n - BigInt(amount) * size;
  const time = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (time === undefined) throw new InvalidArgumentError("Give a time such as -3h, -2d, now, or 2026-11-20T21:57:03Z.");
  return () => time;
}
