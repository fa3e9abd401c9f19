import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createEpoch, LineRecord } from "@plumbline/core";
import { formatSegmentName } from "@plumbline/jsonl";
import { EVENT_NAME } from "../load/payload.ts";

const STEM = "bench";
const EPOCH_MICROS = 1_700_000_000_000_000;
/** A segment of about 64 MiB. */
const SEGMENT_EVENTS = 256_000;
const PER_WRITE = 4000;
const SEVERITY = 9;

/** Where the journal of a cell is. */
export function journalPath(directory: string): string {
  return join(directory, `${STEM}.jsonl`);
}

/** Microseconds of the machine's clock that never goes back, which all its processes share. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Fields of an event behind its id, about 230 bytes with it. `n` numbers the events of a cell from 1, through all runs of the journal; `sent` is when it was
 * emitted, or 0 for what is history.
 */
function restOf(n: number, sent: number, pad: string): string {
  return `"time":"2026-11-20T21:57:03.123456Z","severity":"INFO","name":"${EVENT_NAME}","attributes":{"n":${n},"sent":${sent},"route":"/api/checkout","status":200,"cart":"c-4711"${pad}},"resource":{"service.name":"bench"}}`;
}

function padding(bytes: number): string {
  return bytes === 0 ? "" : `,"pad":"${"x".repeat(bytes)}"`;
}

/** The line of an event of this process, for a journal to number. */
export function recordOf(n: number, sent: number = nowMicros()): LineRecord {
  const rest = restOf(n, sent, "");
  return new LineRecord(rest, rest.length + 1, 0, 0, SEVERITY, EVENT_NAME, "logs");
}

/** The line as it stands in a journal's file. */
function lineOf(epoch: string, n: number, sent: number, pad = ""): string {
  return `{"id":"${epoch}:${n}",${restOf(n, sent, pad)}`;
}

const EPOCH = createEpoch(EPOCH_MICROS, () => 0);

/** The cursor directly behind the event with this number, of what {@link writeHistory} wrote. */
export function cursorBehind(n: number): string {
  return `${EPOCH}:${n}`;
}

/** Frames as a stream server sends them, of the events `from` to `to`, so many in each. */
export function framesOf(from: number, to: number, batch: number, sent: number = 0): Buffer[] {
  const frames: Buffer[] = [];
  for (let n = from; n <= to; n += batch) {
    const last = Math.min(to, n + batch - 1);
    const lines = Array.from({ length: last - n + 1 }, (_, at) => lineOf(EPOCH, n + at, sent));
    const text =
      batch === 1
        ? `{"kind":"event","cursor":"${cursorBehind(n)}","event":${lines.join("")}}`
        : `{"kind":"events","cursor":"${cursorBehind(last)}","events":[\n${lines.join(",\n")}\n]}`;
    frames.push(Buffer.from(text));
  }
  return frames;
}

/** A stretch of a file, to its end. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
}

/** Where the last `behind` events of what {@link writeHistory} wrote stand. */
export function filesBehind(directory: string, events: number, behind: number): FilePart[] {
  const wanted = events - behind + 1;
  const parts: FilePart[] = [];
  for (let first = 1; first <= events; first += SEGMENT_EVENTS) {
    const last = Math.min(events, first + SEGMENT_EVENTS - 1);
    if (last < wanted) continue;
    let start = 0;
    // Lines differ in length by the digits of their number alone.
    for (let from = first; from < wanted;) {
      const to = Math.min(wanted, 10 ** String(from).length);
      start += (to - from) * (lineOf(EPOCH, from, 0).length + 1);
      from = to;
    }
    parts.push({ path: segmentPath(directory, first, last === events), start });
  }
  return parts;
}

function segmentPath(directory: string, firstSeq: number, isLast: boolean): string {
  const name = formatSegmentName({ stem: STEM, epoch: EPOCH, firstSeq, form: "sealed" });
  return isLast ? journalPath(directory) : join(directory, name);
}

/** A journal of the events 1 to `events`, of a run that is over: sealed segments, and the rest in the file. Synchronously, before anything is measured. */
export function writeHistory(directory: string, events: number, padBytes: number = 0): void {
  mkdirSync(directory, { recursive: true });
  const pad = padding(padBytes);
  for (let first = 1; first <= events; first += SEGMENT_EVENTS) {
    const last = Math.min(events, first + SEGMENT_EVENTS - 1);
    const path = segmentPath(directory, first, last === events);
    for (let from = first; from <= last; from += PER_WRITE) {
      const count = Math.min(PER_WRITE, last - from + 1);
      const lines = Array.from({ length: count }, (_, at) => lineOf(EPOCH, from + at, 0, pad));
      writeFileSync(path, `${lines.join("\n")}\n`, { flag: "a", mode: 0o600 });
    }
  }
}
