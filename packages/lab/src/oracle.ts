import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import { IdCheck } from "./id-check.ts";
import { isObject, readMark } from "./mark.ts";

/** What should stand in the files. */
export interface Expected {
  /** Writer by writer, the numbers whose absence is a loss. */
  readonly due: ReadonlyMap<string, Iterable<number>>;
  /** Ids that a sink has given out, by `writer#n`: the line must carry the same. */
  readonly ids?: ReadonlyMap<string, string>;
}

/** What stands there. */
export interface Findings {
  /** Different whole events. */
  readonly events: number;
  /** Events that were due and are nowhere. */
  readonly lost: number;
  /** Numbers missing among the ids of an epoch: lines that were in the files once, due or not. */
  readonly holes: number;
  /** Lines that are not one whole event: cut, glued, spliced, NULs, empty, without their newline, or nobody's. */
  readonly torn: number;
  /** Events that stand there again, and ids given again. */
  readonly repeated: number;
  /** Events behind a later one of the same writer. */
  readonly reordered: number;
  /** How many events the file itself says were dropped. */
  readonly saidDropped: number;
  /** Everything found, with file and line; the first of them only. */
  readonly details: readonly string[];
}

/** Files that belong together, in their order: one sequence of lines. */
export type Chain = readonly string[];

const MAX_DETAILS = 20;
const LINE_FEED = 0x0a;

/** Reads files back with nothing but `node:fs` and `JSON.parse`, and counts what is wrong with them. */
export function inspect(chains: readonly Chain[], expected: Expected): Findings {
  const reading = new Reading(expected);
  for (const chain of chains) {
    reading.beginChain();
    for (const file of chain) reading.readFile(file);
  }
  return reading.findings();
}

class Reading {
  readonly #expected: Expected;
  readonly #seen = new Map<string, Set<number>>();
  readonly #ids = new IdCheck();
  readonly #details: string[] = [];
  #last = new Map<string, number>();
  #events = 0;
  #torn = 0;
  #repeated = 0;
  #reordered = 0;
  #saidDropped = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  beginChain(): void {
    this.#last = new Map();
    this.#ids.beginChain();
  }

  readFile(file: string): void {
    const name = basename(file);
    let bytes = readFileSync(file);
    if (name.endsWith(".gz")) {
      try {
        bytes = gunzipSync(bytes);
      } catch (error) {
        this.#countTorn(`${name}: ${String(error)}`);
        return;
      }
    }
    let start = 0;
    for (let line = 1; start < bytes.length; line++) {
      const end = bytes.indexOf(LINE_FEED, start);
      const place = `${name}:${line} (byte ${start})`;
      if (end < 0) {
        this.#countTorn(`${place}: ends without a newline`);
        return;
      }
      this.#readLine(bytes.toString("utf8", start, end), place);
      start = end + 1;
    }
  }

  findings(): Findings {
    let lost = 0;
    for (const [writer, numbers] of this.#expected.due) {
      const seen = this.#seen.get(writer);
      for (const n of numbers) {
        if (seen?.has(n) === true) continue;
        lost += 1;
        this.#detail(`lost: ${writer}#${n}`);
      }
    }
    const ids = this.#ids.result();
    for (const text of ids.details) this.#detail(text);
    return {
      events: this.#events,
      lost,
      holes: ids.holes,
      torn: this.#torn,
      repeated: this.#repeated + ids.repeated,
      reordered: this.#reordered + ids.disordered,
      saidDropped: this.#saidDropped,
      details: this.#details,
    };
  }

  #readLine(text: string, place: string): void {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      this.#countTorn(`${place}: no JSON: ${shorten(text)}`);
      return;
    }
    const id = isObject(line) ? line["id"] : undefined;
    if (typeof id === "string") this.#ids.add(id, place);
    const said = droppedCount(line);
    if (said !== undefined) {
      this.#saidDropped += said;
      return;
    }
    const mark = readMark(line);
    if (mark === undefined) {
      this.#countTorn(`${place}: not an event: ${shorten(text)}`);
      return;
    }
    this.#count(mark.writer, mark.n, place);
    const givenId = this.#expected.ids?.get(`${mark.writer}#${mark.n}`);
    if (givenId !== undefined && givenId !== id) {
      this.#countTorn(`${place}: ${mark.writer}#${mark.n} was acknowledged as ${givenId} and is ${String(id)}`);
    }
  }

  #count(writer: string, n: number, place: string): void {
    const seen = this.#seen.get(writer) ?? new Set<number>();
    this.#seen.set(writer, seen);
    if (seen.has(n)) {
      this.#repeated += 1;
      this.#detail(`${place}: ${writer}#${n} again`);
    } else {
      seen.add(n);
      this.#events += 1;
    }
    const last = this.#last.get(writer) ?? 0;
    if (n < last) {
      this.#reordered += 1;
      this.#detail(`${place}: ${writer}#${n} behind ${writer}#${last}`);
    }
    this.#last.set(writer, n);
  }

  #countTorn(detail: string): void {
    this.#torn += 1;
    this.#detail(detail);
  }

  #detail(text: string): void {
    if (this.#details.length < MAX_DETAILS) this.#details.push(text);
  }
}

/** What the file sink's own record says, where the line is one. */
function droppedCount(line: unknown): number | undefined {
  if (!isObject(line) || line["name"] !== "plumbline.lines.dropped" || !isObject(line["attributes"])) return undefined;
  const count = line["attributes"]["plumbline.dropped.count"];
  return typeof count === "number" ? count : undefined;
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 60)} … ${text.slice(-30)}` : text);
}
