import type { Stats } from "node:fs";
import { stat, type FileHandle } from "node:fs/promises";
import { errorCode, type Clock } from "@plumbline/core";
import { openIfThere, readChunks } from "./file-chunks.ts";
import { LineSplitter, type LineSplitterOptions } from "./line-splitter.ts";
import type { RawLine } from "./raw-line.ts";

/** Options of {@link followLines}. */
export interface FollowOptions extends Pick<LineSplitterOptions, "lineEnd" | "maxLineBytes"> {
  readonly clock: Clock;
  /** Ends the following, without an error. */
  readonly signal: AbortSignal;
  /** The offset to begin at in the file that is there first. Default 0. */
  readonly start?: number;
  /** Milliseconds between two looks at the file. Default 100. */
  readonly pollMs?: number;
}

/**
 * What following a file brings.
 * - `lines`: in order. Only the last of a file that was replaced may be without its end.
 * - `replaced`: another file has the name now. The old one was read to its end first; offsets begin again.
 * - `truncated`: the file is shorter than what was read of it. It is read from its beginning.
 */
export type Followed =
  | { readonly kind: "lines"; readonly lines: readonly RawLine[] }
  | { readonly kind: "replaced" }
  | { readonly kind: "truncated" };

const DEFAULT_POLL_MS = 100;

/**
 * The lines of a file as it grows, through renames, as `tail -F` has them; a file that is not there yet is waited for.
 * A line is given when its end has come. What is replaced twice, or cut and grown again, between two looks cannot be
 * seen: a journal is followed by its ids, with `readJournal`.
 *
 * Throws `PLB_JSONL_READ_FAILED`.
 */
export async function* followLines(path: string, options: FollowOptions): AsyncGenerator<Followed, void, undefined> {
  const { clock, signal, pollMs = DEFAULT_POLL_MS } = options;
  let handle: FileHandle | undefined;
  let splitter = new LineSplitter({ ...options, startOffset: options.start ?? 0 });
  try {
    while (!signal.aborted) {
      handle ??= await openIfThere(path);
      if (handle === undefined) {
        await wait(clock, pollMs, signal);
        continue;
      }
      // Looked at before the reading: what is read after the name has gone to another file is all there will be.
      const isReplaced = await leadsElsewhere(path, handle);
      const { size } = await handle.stat();
      const position = splitter.lineOffset + splitter.pendingBytes;
      if (size < position) {
        splitter = new LineSplitter(options);
        yield { kind: "truncated" };
        continue;
      }
      for await (const chunk of readChunks(handle, { start: position })) {
        const lines = splitter.push(chunk);
        if (lines.length > 0) yield { kind: "lines", lines };
        if (signal.aborted) return;
      }
      if (isReplaced) {
        const last = splitter.finish();
        if (last !== undefined) yield { kind: "lines", lines: [last] };
        await handle.close();
        handle = undefined;
        splitter = new LineSplitter(options);
        yield { kind: "replaced" };
        continue;
      }
      await wait(clock, pollMs, signal);
    }
  } finally {
    await handle?.close();
  }
}

/** Whether the name is another file's now. One that is nobody's may still be the open file's: it goes on being read. */
async function leadsElsewhere(path: string, handle: FileHandle): Promise<boolean> {
  const opened = await handle.stat();
  let there: Stats;
  try {
    there = await stat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  return there.ino !== opened.ino || there.dev !== opened.dev;
}

/** Resolves after the time, or when the signal aborts. */
function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
