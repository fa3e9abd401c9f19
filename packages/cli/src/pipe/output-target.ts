import type { Output } from "../terminal/output.ts";
import type { EventTarget } from "./event-target.ts";
import type { WriterPool } from "./writer-pool.ts";

/** Writes lines without ids to standard output: the numbers are a journal's. */
export function createOutputTarget(output: Output, writers: WriterPool): EventTarget {
  return {
    put: (event) => output.write(`${writers.write(event).line}\n`),
    close: () => output.flush(),
    losses: () => [],
  };
}
