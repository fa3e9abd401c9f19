import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { followStream } from "@plumbline/stream-server/client";

/** What it takes for a batch, however short. */
const PAUSE_MS = 10;
const BATCH = 64;

/**
 * A program that follows the shop's stream, slowly, and keeps every event in a file of its own. It may be killed at any moment: what is in the file is what it
 * has had, and it goes on behind the last whole line. Arguments: the server's address, the file with its token, the file to keep events in, where to begin.
 */
async function main(): Promise<void> {
  const [, , url = "", tokenFile = "", path = "", begin = "latest"] = process.argv;
  const token = readFileSync(tokenFile, "utf8").trim();
  const stream = followStream({ url, token, batch: BATCH, cursor: lastIdOf(path) ?? begin });
  for await (const item of stream) {
    // What is gone must be seen by whoever reads the file.
    if (item.kind === "gap") appendFileSync(path, `gap from ${item.from} to ${item.to}\n`);
    if (item.kind === "events") {
      appendFileSync(path, item.lines.map(({ line }) => `${line}\n`).join(""));
      await sleep(PAUSE_MS);
    }
  }
}

/** The id of the last whole line; half a line, which a kill may leave, is cut off. */
function lastIdOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  const end = text.lastIndexOf("\n") + 1;
  truncateSync(path, Buffer.byteLength(text.slice(0, end)));
  const last = text.slice(text.lastIndexOf("\n", end - 2) + 1, end);
  return /^\{"id":"([^"]+)"/.exec(last)?.[1];
}

void main();
