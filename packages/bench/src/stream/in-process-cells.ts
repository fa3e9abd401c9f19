import { open } from "node:fs/promises";
import { lineBytes, subscribe, type StreamLine } from "@plumbline/stream";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { journalPath, writeHistory } from "./journal-lines.ts";
import { bufferOf, numberIn, SequenceOracle } from "./sequence-oracle.ts";

export const AS_BYTES = "replay, in the process, as bytes";
export const AS_TEXT = "replay, in the process, as text";
export const FLOOR = "read and split (floor)";

/** One file, so that the floor can read it as well. */
const EVENTS = 150_000;
const FEWEST = 2000;
const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const PASSES = 3;

type Take = (bytes: Buffer, start: number, end: number) => void;

/** Reads all lines; with `take`, each is given as bytes, and without it as text is made of it. Says how many there were. */
type Read = (path: string, asText: boolean, take: Take | undefined) => Promise<number>;

const ours: Read = async (path, asText, take) => {
  let count = 0;
  const each = (line: StreamLine): void => {
    if (take !== undefined) {
      const bytes = bufferOf(lineBytes(line));
      take(bytes, 0, bytes.length);
    } else if (asText ? line.line.length > 0 : lineBytes(line).length > 0) count += 1;
  };
  for await (const item of subscribe(path, { cursor: "earliest" })) {
    if (item.kind === "events") for (const line of item.lines) each(line);
    if (item.kind !== "gap" && item.isLive) return count;
  }
  return count;
};

/** The floor: reads a file from an offset on in the pieces that a subscription reads, and cuts it at line ends. */
export async function readAndSplit(
  path: string,
  start: number,
  asText: boolean,
  take: Take | undefined,
): Promise<number> {
  let count = 0;
  const file = await open(path);
  try {
    let rest = Buffer.alloc(0);
    for (let offset = start; ;) {
      const buffer = Buffer.allocUnsafeSlow(rest.length + CHUNK_BYTES);
      const { bytesRead } = await file.read(buffer, rest.length, CHUNK_BYTES, offset);
      if (bytesRead === 0) return count;
      rest.copy(buffer);
      offset += bytesRead;
      const bytes = buffer.subarray(0, rest.length + bytesRead);
      let from = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
        if (take !== undefined) take(bytes, from, end);
        else if ((asText ? bytes.toString("utf8", from, end) : bytes.subarray(from, end)).length > 0) count += 1;
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
  } finally {
    await file.close();
  }
}

const floor: Read = (path, asText, take) => readAndSplit(path, 0, asText, take);

export const IN_PROCESS_CELLS: readonly Cell[] = [
  { name: "plumbline", read: ours },
  { name: FLOOR, read: floor },
].flatMap(({ name, read }) =>
  [false, true].map((asText) => ({
    group: asText ? AS_TEXT : AS_BYTES,
    name,
    run: async (scratch: Scratch) => ({ figures: await readAll(read, asText, scratch) }),
  })),
);

/** The best of some passes, and one more under the oracle. */
async function readAll(read: Read, asText: boolean, { directory, scale }: Scratch): Promise<Figures> {
  const events = Math.max(FEWEST, Math.round(EVENTS * scale));
  writeHistory(directory, events);
  const path = journalPath(directory);
  let nanosPerEvent = Number.POSITIVE_INFINITY;
  let cpuNanosPerEvent = Number.POSITIVE_INFINITY;
  let missed = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    missed += Math.abs(events - (await read(path, asText, undefined)));
    nanosPerEvent = Math.min(nanosPerEvent, ((performance.now() - started) * 1e6) / events);
    const cpu = process.cpuUsage(cpuBefore);
    cpuNanosPerEvent = Math.min(cpuNanosPerEvent, ((cpu.user + cpu.system) * 1000) / events);
  }
  const oracle = new SequenceOracle(1, events);
  await read(path, asText, (bytes, start, end) => oracle.take(numberIn(bytes, start, end)));
  const { lost, repeated, reordered } = oracle.findings();
  return {
    eventsPerSecond: 1e9 / nanosPerEvent,
    nanosPerEvent,
    cpuNanosPerEvent,
    lost: lost + missed,
    repeated,
    reordered,
    events,
  };
}
