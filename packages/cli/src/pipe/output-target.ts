import type { Output } from "../terminal/output.ts";
import type { EventTarget } from "./event-target.ts";
import type { WriterPool } from "./writer-pool.ts";

/** Writes lines without ids to standard output: the numbers are a journal's. */
export function createOutputTarget(output: Output, writers: WriterPool): EventTarget {
  return {
    async put(event) {
      output.print(`${writers.write(event).line}\n`);
      // Whatever was put in the same tick goes out with one write, and none waits for input that may be long in coming.
      await Promise.resolve();
      await output.flush();
    },
    close: () => output.flush(),
    losses: () => [],
  };
}
