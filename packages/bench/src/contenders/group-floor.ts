import { close, fdatasync, open, write } from "node:fs";
import { promisify } from "node:util";
import type { Attributes } from "../load/payload.ts";
import type { Contender } from "./contender.ts";
import { handBuilt, TimeText } from "./hand-built.ts";

const [openFile, closeFile, writeText, sync] = [
  promisify(open),
  promisify(close),
  promisify(write),
  promisify(fdatasync),
];

/** The least that a logger can do which never lets its callers wait for a disk: one write by the thread pool for all who wait. */
export const groupedWrite: Contender = grouped(
  "hand-built JSON + one write() by the thread pool for all who wait (floor)",
  "written",
);

/** And one fdatasync after it. */
export const groupedSync: Contender = grouped(
  "hand-built JSON + one write() and one fdatasync by the thread pool for all who wait (floor)",
  "fsynced",
);

/** Whoever emits in one turn of the event loop, or while the write before is under way, is in the same write. */
function grouped(name: string, reaches: "written" | "fsynced"): Contender {
  return {
    name,
    redaction: "none",
    classes: [reaches],
    async open(path) {
      const file = await openFile(path, "a", 0o600);
      const time = new TimeText();
      let lines = "";
      let next: Promise<void> | undefined;
      let last: Promise<void> = Promise.resolve();
      const commit = async (before: Promise<void>): Promise<void> => {
        await Promise.all([before, turn()]);
        const text = lines;
        lines = "";
        next = undefined;
        await writeText(file, text);
        if (reaches === "fsynced") await sync(file);
      };
      const logAcknowledged = (attributes: Attributes): Promise<void> => {
        lines += handBuilt(attributes, time);
        next ??= last = commit(last);
        return next;
      };
      return {
        log: (attributes) => void logAcknowledged(attributes),
        logAcknowledged,
        async close(): Promise<void> {
          await last;
          await closeFile(file);
        },
      };
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
