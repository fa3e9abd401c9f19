import type { Writable } from "node:stream";

/** Resolves when the stream has room again, or will never have. */
export function drainOf(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    if (stream.destroyed || !stream.writableNeedDrain) resolve();
    else stream.on("drain", done).on("close", done).on("error", done);
  });
}
