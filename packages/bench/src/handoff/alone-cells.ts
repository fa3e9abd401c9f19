import { open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createDirectoryDestination,
  createDirectoryPickup,
  createUploader,
  type DirectoryPickupOptions,
} from "@plumbline/handoff";
import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { handOn } from "./folder-ways.ts";
import { makeFolder, MEBIBYTE, SMALL_BYTES } from "./work.ts";

/** What one hand-off costs beside its bytes. */
export const ALONE = "plumbline alone";
export const COMMITTED = "ready to visible, committed by a rename";
export const QUIET = "ready to visible, quiet for 200 ms";
export const MEMORY = "memory, 64 MiB and 1 GiB";

const WAITS = 40;
const SETTLE_MS = 200;

export const ALONE_CELLS: readonly Cell[] = [
  {
    group: ALONE,
    name: COMMITTED,
    run: async (scratch) => readyToVisible(scratch, { commit: "rename" }, WAITS),
  },
  {
    group: ALONE,
    name: QUIET,
    run: async (scratch) => readyToVisible(scratch, { settleMs: SETTLE_MS, require: "quiescent" }, WAITS / 4),
  },
  { group: ALONE, name: MEMORY, once: true, run: memory },
];

/** From the rename that commits a file, or the last byte of one, to the event that tells that it is visible and durable; less the time that it must be quiet. */
async function readyToVisible(
  { directory, scale }: Scratch,
  options: Partial<DirectoryPickupOptions>,
  count: number,
): Promise<Outcome> {
  const [from, to] = [await makeFolder(directory, "from"), await makeFolder(directory, "to")];
  const stop = new AbortController();
  const shown = new Map<string, (atMs: number) => void>();
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, ...options }),
    destination: createDirectoryDestination({ path: to }),
    stateDirectory: join(directory, "state"),
    onEvent: (event) => {
      if (event.kind === "delivered") shown.get(event.name)?.(performance.now());
    },
  });
  await uploader.start();
  const running = uploader.run(stop.signal);
  const alive = setInterval(() => undefined, 1000); // a hand-off that waits keeps no process alive by itself
  const waits: number[] = [];
  for (let index = 0; index < Math.max(3, Math.round(count * scale)); index++) {
    const name = `${index}.bin`;
    const seen = new Promise<number>((resolve) => shown.set(name, resolve));
    await writeFile(join(from, `${name}.tmp`), "x".repeat(SMALL_BYTES));
    const startMs = performance.now();
    await rename(join(from, `${name}.tmp`), join(from, name));
    waits.push((await seen) - startMs - (options.settleMs ?? 0));
  }
  clearInterval(alive);
  stop.abort();
  await running;
  await uploader.close();
  waits.sort((a, b) => a - b);
  const at = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return { figures: { p50Ms: at(0.5), p99Ms: at(0.99) } };
}

/** How much more is resident while a file sixteen times as large is handed on. The sources are sparse. */
async function memory({ directory, scale }: Scratch): Promise<Outcome> {
  const peakOf = async (name: string, size: number): Promise<number> => {
    const [from, to] = [await makeFolder(directory, `${name}/from`), await makeFolder(directory, `${name}/to`)];
    const source = await open(join(from, "large.bin"), "w");
    await source.truncate(size);
    await source.close();
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    await handOn("read-back")(from, to);
    clearInterval(timer);
    return Math.max(most, process.memoryUsage.rss());
  };
  const size = Math.max(MEBIBYTE, Math.round(64 * MEBIBYTE * scale));
  await peakOf("first", size); // what is loaded and compiled once
  const small = await peakOf("small", size);
  const large = await peakOf("large", size * 16);
  return { figures: { grownMebibytes: Math.max(0, large - small) / MEBIBYTE, peakMebibytes: large / MEBIBYTE } };
}
