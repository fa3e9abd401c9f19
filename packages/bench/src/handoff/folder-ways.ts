import { createReadStream } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Destination } from "@plumbline/core";
import { createDirectoryDestination, createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { MEBIBYTE, type Way } from "./work.ts";

/** What a script does: copy each file to its final name, and sync it. No temporary name, no check, no record. */
export const copyAndSync: Way = async (from, to) => {
  for (const name of await readdir(from)) {
    const target = await open(join(to, name), "w");
    try {
      const source = createReadStream(join(from, name), { highWaterMark: MEBIBYTE });
      await pipeline(source, async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) await target.write(chunk);
      });
      await target.sync();
    } finally {
      await target.close();
    }
  }
};

/** Ours, to a folder. */
export function handOn(verify: "read-back" | "size"): Way {
  return (from, to) => handOnTo(from, createDirectoryDestination({ path: to, verify }), `${to}-state`);
}

/** Hands on what is in a folder, once, connection and all. */
export async function handOnTo(from: string, destination: Destination, stateDirectory: string): Promise<void> {
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination,
    stateDirectory,
  });
  await uploader.start();
  await uploader.run(new AbortController().signal);
  await uploader.close();
}
