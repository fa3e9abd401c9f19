import { readFileSync } from "node:fs";
import { SECRETS } from "./payload.ts";

/** What stands in a contender's file, beside what should. */
export interface Corruption {
  readonly lost: number;
  readonly torn: number;
  readonly repeated: number;
  readonly reordered: number;
  /** Events in which a planted secret still stands. */
  readonly leaked: number;
  readonly bytes: number;
}

/** Reads a file back: every event carries `req-N`, with N from 0 to `expected - 1`, in that order. */
export function inspect(path: string, expected: number): Corruption {
  const bytes = readFileSync(path);
  const text = bytes.toString("utf8");
  const seen = new Uint8Array(expected);
  let torn = text === "" || text.endsWith("\n") ? 0 : 1;
  let [found, repeated, reordered, leaked, last] = [0, 0, 0, 0, -1];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (SECRETS.some((secret) => line.includes(secret))) leaked += 1;
    const index = Number(/"req-(\d+)"/.exec(line)?.[1] ?? Number.NaN);
    if (!isJson(line) || Number.isNaN(index) || index >= expected) {
      torn += 1;
      continue;
    }
    if (seen[index] === 1) repeated += 1;
    else found += 1;
    if (index < last) reordered += 1;
    seen[index] = 1;
    last = index;
  }
  return { lost: expected - found, torn, repeated, reordered, leaked, bytes: bytes.length };
}

/** How many whole lines a file holds now. */
export function countLines(path: string): number {
  const bytes = readFileSync(path);
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false; // that it does not parse is the finding
  }
}
