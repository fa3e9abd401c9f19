import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pipeline } from "node:stream/promises";
import { createDirectoryDestination, createDirectoryPickup, createUploader } from "@plumbline/handoff";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";

/** One large file. */
export const LARGE = "a large file";
/** Many small files. */
export const SMALL = "many small files";
/** What one hand-off costs beside its bytes. */
export const ALONE = "plumbline alone";

export const OURS = "plumbline";
const WITHOUT_READING_BACK = "plumbline, verify: size";
export const COPY = "copy + fsync";
export const READY_TO_VISIBLE = "ready to visible";
export const MEMORY = "memory";

const MEBIBYTE = 1024 * 1024;
const LARGE_BYTES = 512 * MEBIBYTE;
const SMALL_FILES = 2000;
const SMALL_BYTES = 4096;
const WAITS = 60;

export const HANDOFF_CELLS: readonly Cell[] = [
  { group: LARGE, name: COPY, run: async (scratch) => largeFile(scratch, copyAll) },
  { group: LARGE, name: OURS, run: async (scratch) => largeFile(scratch, handOn("read-back")) },
  { group: LARGE, name: WITHOUT_READING_BACK, run: async (scratch) => largeFile(scratch, handOn("size")) },
  { group: SMALL, name: COPY, run: async (scratch) => smallFiles(scratch, copyAll) },
  { group: SMALL, name: OURS, run: async (scratch) => smallFiles(scratch, handOn("read-back")) },
  { group: ALONE, name: READY_TO_VISIBLE, run: readyToVisible },
  { group: ALONE, name: MEMORY, run: memory },
];

type Way = (from: string, to: string) => Promise<void>;

async function largeFile({ directory, scale }: Scratch, way: Way): Promise<{ readonly figures: Figures }> {
  const [from, to] = await folders(directory);
  const size = Math.max(MEBIBYTE, Math.round(LARGE_BYTES * scale));
  await fill(join(from, "large.bin"), size);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const { wallMs, cpuMs } = await timed(() => way(from, to));
  delays.disable();
  const corrupt = (await digestOf(join(from, "large.bin"))) === (await digestOf(join(to, "large.bin"))) ? 0 : 1;
  const stallMs = delays.count === 0 ? 0 : delays.percentile(99) / 1e6;
  return { figures: { mebibytesPerSecond: size / MEBIBYTE / (wallMs / 1000), cpuMs, stallMs, corrupt } };
}

async function smallFiles({ directory, scale }: Scratch, way: Way): Promise<{ readonly figures: Figures }> {
  const [from, to] = await folders(directory);
  const count = Math.max(4, Math.round(SMALL_FILES * scale));
  for (let index = 0; index < count; index++)
    await writeFile(join(from, `${index}.bin`), Buffer.alloc(SMALL_BYTES, `${index} `));
  const { wallMs, cpuMs } = await timed(() => way(from, to));
  let corrupt = 0;
  for (let index = 0; index < count; index++) {
    const name = `${index}.bin`;
    if ((await digestOf(join(from, name))) !== (await digestOf(join(to, name)))) corrupt += 1;
  }
  return { figures: { filesPerSecond: count / (wallMs / 1000), cpuMs, corrupt } };
}

/** From the rename that commits a file to the rename that shows it. */
async function readyToVisible({ directory, scale }: Scratch): Promise<{ readonly figures: Figures }> {
  const [from, to] = await folders(directory);
  const stop = new AbortController();
  const shown = new Map<string, (atMs: number) => void>();
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename" }),
    destination: createDirectoryDestination({ path: to }),
    stateDirectory: join(directory, "state"),
    onEvent: (event) => {
      if (event.kind === "delivered") shown.get(event.name)?.(performance.now());
    },
  });
  await uploader.start();
  const running = uploader.run(stop.signal);
  const waits: number[] = [];
  for (let index = 0; index < Math.max(3, Math.round(WAITS * scale)); index++) {
    const name = `${index}.bin`;
    await writeFile(join(from, `${name}.tmp`), "x".repeat(SMALL_BYTES));
    const seen = new Promise<number>((resolve) => shown.set(name, resolve));
    const startMs = performance.now();
    await rename(join(from, `${name}.tmp`), join(from, name));
    waits.push((await seen) - startMs);
  }
  stop.abort();
  await running;
  await uploader.close();
  waits.sort((a, b) => a - b);
  const at = (part: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return { figures: { p50Ms: at(0.5), p99Ms: at(0.99) } };
}

/** How much more is resident after a file sixteen times as large. */
async function memory({ directory, scale }: Scratch): Promise<{ readonly figures: Figures }> {
  const grownBy = async (name: string, size: number): Promise<number> => {
    const [from, to] = await folders(join(directory, name));
    await fill(join(from, "large.bin"), size);
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
    await handOn("read-back")(from, to);
    clearInterval(timer);
    return Math.max(most, process.memoryUsage().rss);
  };
  const size = Math.max(MEBIBYTE, Math.round(64 * MEBIBYTE * scale));
  await grownBy("first", size); // what is loaded and compiled once
  const small = await grownBy("small", size);
  const large = await grownBy("large", size * 16);
  return { figures: { grownMebibytes: Math.max(0, large - small) / MEBIBYTE } };
}

function handOn(verify: "read-back" | "size"): Way {
  return async (from, to) => {
    const uploader = createUploader({
      pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
      destination: createDirectoryDestination({ path: to, verify }),
      stateDirectory: `${to}-state`,
    });
    await uploader.start();
    await uploader.run(new AbortController().signal);
    await uploader.close();
  };
}

/** What a script does: copy each file to its final name, and sync it. No temporary name, no check, no record. */
async function copyAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    const target = await open(join(to, name), "w");
    try {
      await pipeline(
        createReadStream(join(from, name), { highWaterMark: MEBIBYTE }),
        async (chunks: AsyncIterable<Buffer>) => {
          for await (const chunk of chunks) await target.write(chunk);
        },
      );
      await target.sync();
    } finally {
      await target.close();
    }
  }
}

async function folders(directory: string): Promise<readonly [from: string, to: string]> {
  const [from, to] = [join(directory, "from"), join(directory, "to")];
  for (const path of [from, to]) await mkdir(path, { recursive: true });
  return [from, to];
}

async function fill(path: string, size: number): Promise<void> {
  const chunk = createHash("shake256", { outputLength: MEBIBYTE }).update(path).digest();
  const handle = await open(path, "w");
  for (let at = 0; at < size; at += chunk.length) await handle.write(chunk, 0, Math.min(chunk.length, size - at));
  await handle.sync();
  await handle.close();
}

async function timed(work: () => Promise<void>): Promise<{ readonly wallMs: number; readonly cpuMs: number }> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
