import { appendFile, open } from "node:fs/promises";
import { Mutex } from "async-mutex";
import type { OpenOptions, OpenSink } from "../contender.ts";
import type { Mark } from "../mark.ts";

/**
 * The design that the file sink grew out of: serialise outside, then under an async mutex open the file for appending,
 * write, and close it, for every event.
 */
export async function openMutexed(options: OpenOptions): Promise<OpenSink> {
  const mutex = new Mutex();
  return {
    async write(mark): Promise<undefined> {
      const line = toLine(mark);
      await mutex.runExclusive(async () => {
        const file = await open(options.path, "a", 0o600);
        try {
          await file.writeFile(line);
        } finally {
          await file.close();
        }
      });
    },
    close: () => mutex.waitForUnlock(),
  };
}

/** The same without a mutex: what is lost with it. */
export async function openUngated(options: OpenOptions): Promise<OpenSink> {
  return {
    async write(mark): Promise<undefined> {
      await appendFile(options.path, toLine(mark), { mode: 0o600 });
    },
    close: () => Promise.resolve(),
  };
}

function toLine(mark: Mark): string {
  return `${JSON.stringify({ time: new Date().toISOString(), lab: mark })}\n`;
}
