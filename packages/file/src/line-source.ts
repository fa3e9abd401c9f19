import type { Chunk } from "./chunk.ts";

/** Where lines come from: one for each handle of a file. Called under the gate, in the order of the file. */
export interface LineSource {
  /** What is queued, in bytes of memory, about. */
  readonly size: number;
  /** Puts the next line into the chunk under this number, unless there is none or the chunk would pass `limit` bytes. */
  put(chunk: Chunk, seq: number, limit: number): "put" | "none" | "no-room";
  /** The oldest `count` lines that were put are in the file; the last of them has the number `seq`. */
  written(count: number, seq: number): void;
  /** The oldest `count` lines that were put are given up. */
  lost(count: number, error: Error): void;
}
