import { closeSync, openSync, readSync } from "node:fs";
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

const LINE_FEED = 10;
const READ_BYTES = 1024 * 1024;

/** Reads a file back: every event carries `req-N`, with N from 0 to `expected - 1`, in that order. */
export function inspect(path: string, expected: number): Corruption {
  const seen = new Uint8Array(expected);
  let [torn, found, repeated, reordered, leaked, last, bytes] = [0, 0, 0, 0, 0, -1, 0];
  const take = (line: string): void => {
    if (SECRETS.some((secret) => line.includes(secret))) leaked += 1;
    const index = Number(/"req-(\d+)"/.exec(line)?.[1] ?? Number.NaN);
    if (!isJson(line) || Number.isNaN(index) || index >= expected) {
      torn += 1;
      return;
    }
    if (seen[index] === 1) repeated += 1;
    else found += 1;
    if (index < last) reordered += 1;
    seen[index] = 1;
    last = index;
  };
  let rest = Buffer.alloc(0);
  for (const chunk of chunks(path)) {
    bytes += chunk.length;
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = all.indexOf(LINE_FEED); end >= 0; end = all.indexOf(LINE_FEED, start)) {
      if (end > start) take(all.toString("utf8", start, end));
      start = end + 1;
    }
    rest = Buffer.from(all.subarray(start));
  }
  if (rest.length > 0) {
    take(rest.toString("utf8"));
    torn += 1;
  }
  return { lost: expected - found, torn, repeated, reordered, leaked, bytes };
}

/** Counts the whole lines of a file that grows; each look reads what has come since the last. */
export class LineCounter {
  readonly #path: string;
  readonly #buffer = Buffer.allocUnsafe(READ_BYTES);
  #offset = 0;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** How many there are now. */
  look(): number {
    const file = openSync(this.#path, "r");
    try {
      for (;;) {
        const read = readSync(file, this.#buffer, 0, READ_BYTES, this.#offset);
        if (read === 0) return this.#count;
        this.#offset += read;
        const chunk = this.#buffer.subarray(0, read);
        for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) this.#count += 1;
      }
    } finally {
      closeSync(file);
    }
  }
}

function* chunks(path: string): Generator<Buffer> {
  const file = openSync(path, "r");
  try {
    for (let offset = 0; ;) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const read = readSync(file, buffer, 0, READ_BYTES, offset);
      if (read === 0) return;
      offset += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false; // that it does not parse is the finding
  }
}
