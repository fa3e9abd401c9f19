import { readLines } from "@plumbline/jsonl";
import { parseInputLine } from "../input/parse-line.ts";
import { untilAborted } from "../input/until-aborted.ts";
import type { Console } from "../terminal/console.ts";
import type { EventTarget } from "./event-target.ts";

/** A longer line keeps its first bytes as a body: what memory the longest line may take. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** How many events a target has at once at most. */
export const MAX_PENDING_EVENTS = 1024;

/** How far a pump has come. */
export interface Pumped {
  readonly lines: number;
  readonly bytes: number;
}

/**
 * Reads standard input to its end, or until the user stops it, and puts every line into the target as one event, in order. A chunk of input is
 * written before the next one is read: memory stays flat, and whoever writes to us waits.
 */
export async function pump(
  console: Console,
  target: EventTarget,
  onProgress: (pumped: Pumped) => void,
): Promise<Pumped> {
  const { signal } = console.interruptions;
  let lines = 0;
  let bytes = 0;
  const input = untilAborted(console.input, signal);
  for await (const batch of readLines(input, { lineEnd: "lf-or-crlf", maxLineBytes: MAX_LINE_BYTES })) {
    for (let from = 0; from < batch.length; from += MAX_PENDING_EVENTS) {
      const group = batch.slice(from, from + MAX_PENDING_EVENTS);
      await settle(group.map((line) => target.put(parseInputLine(line))));
      lines += group.length;
      bytes = group.at(-1)?.nextOffset ?? bytes;
      onProgress({ lines, bytes });
    }
  }
  return { lines, bytes };
}

/** Waits for all, so that none is left behind with nobody to hear of its failure, then fails with the first failure. */
async function settle(writes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
