import { closeSync, openSync, writeSync } from "node:fs";
import type { Contender } from "../contender.ts";
import { EVENT_NAME } from "../payload.ts";

const CHUNK = 64 * 1024;

/** What any logger in JavaScript starts from: `JSON.stringify`, gathered, written 64 KiB at a time, synchronously. */
export const floor: Contender = {
  name: "JSON.stringify + 64 KiB writes (floor)",
  redaction: "none",
  async open(path) {
    const file = openSync(path, "a", 0o600);
    let pending = "";
    return {
      log(attributes): void {
        pending += `${JSON.stringify({ time: new Date().toISOString(), severity: "INFO", name: EVENT_NAME, attributes })}\n`;
        if (pending.length >= CHUNK) {
          writeSync(file, pending);
          pending = "";
        }
      },
      async close(): Promise<void> {
        writeSync(file, pending);
        closeSync(file);
      },
    };
  },
};
