import type { Clock } from "@plumbline/core";
import { createFileSink, type FileDiagnostics } from "@plumbline/file";
import type { EventTarget } from "./event-target.ts";
import type { WriterPool } from "./writer-pool.ts";

export interface FileTargetOptions {
  readonly path: string;
  readonly writers: WriterPool;
  readonly clock: Clock;
  readonly diagnostics: FileDiagnostics;
}

/**
 * Appends to one file, which is never rotated. Rejects with `PLB_FILE_OWNED` when another process writes it, and with the code that says what is
 * wrong with the path.
 */
export async function openFileTarget({ path, writers, clock, diagnostics }: FileTargetOptions): Promise<EventTarget> {
  const sink = createFileSink({
    path,
    clock,
    diagnostics,
    onOwned: "refuse",
    lines: "journal",
    queuePolicy: "block",
    durability: "written",
    retainBytes: 0,
  });
  await sink.start();
  return {
    async put(event) {
      await sink.appendAsync(writers.write(event));
    },
    close: () => sink.close(),
    losses: () =>
      Object.entries(sink.report().dropped).map(([reason, count]) => `${count} events were dropped (${reason})`),
  };
}
