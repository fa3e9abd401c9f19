import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Figures } from "../frame/bench.ts";
import { Observer } from "./observer.ts";

export const MEBIBYTE: number = 1024 * 1024;
const LARGE_BYTES = 128 * MEBIBYTE;
const SMALL_FILES = 500;
export const SMALL_BYTES = 4096;

/** Brings all files of a folder to another one. */
export type Way = (from: string, to: string) => Promise<void>;

/** What is to be brought, made anew for each cell. */
export interface Work {
  readonly from: string;
  readonly bytes: number;
  readonly files: number;
}

export async function largeFile(directory: string, scale: number): Promise<Work> {
  const from = await makeFolder(directory, "from");
  const bytes = Math.max(MEBIBYTE, Math.round(LARGE_BYTES * scale));
  await fill(join(from, "large.bin"), bytes);
  return { from, bytes, files: 1 };
}

/** `part` of them, for a way that would take too long. */
export async function smallFiles(directory: string, scale: number, part = 1): Promise<Work> {
  const from = await makeFolder(directory, "from");
  const files = Math.max(4, Math.round(SMALL_FILES * scale * part));
  for (let index = 0; index < files; index++)
    await writeFile(join(from, `${index}.bin`), Buffer.alloc(SMALL_BYTES, `${index} `));
  return { from, bytes: files * SMALL_BYTES, files };
}

/**
 * Times a way while somebody looks at where it leads. `corrupt` counts files that are not what was sent when all is over, `early` those that were not when they were
 * first seen under their final names.
 */
export async function measure({ from, bytes, files }: Work, to: string, way: Way): Promise<Figures> {
  await using observer = await Observer.start(from, to);
  await touchMemory(`${to}.touched`, bytes * 1.5);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const startMs = performance.now();
  const before = process.cpuUsage();
  await way(from, to);
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  delays.disable();
  const early = await observer.end();
  let corrupt = 0;
  for (const name of await readdir(from))
    if ((await digestOf(join(from, name))) !== (await digestOf(join(to, name)))) corrupt += 1;
  return {
    mebibytesPerSecond: bytes / MEBIBYTE / (wallMs / 1000),
    filesPerSecond: files / (wallMs / 1000),
    wallMs,
    cpuMs: (user + system) / 1000,
    stallMs: delays.count === 0 ? 0 : delays.percentile(99) / 1e6,
    corrupt,
    early,
  };
}

/**
 * Memory that a virtual machine has given back to its host costs the next one who writes to it several times as much as the copy itself. So the pages that a copy goes to are
 * taken before it is timed, and freed again.
 */
async function touchMemory(path: string, size: number): Promise<void> {
  const handle = await open(path, "w");
  const piece = Buffer.alloc(MEBIBYTE);
  for (let at = 0; at < size; at += piece.length) await handle.write(piece);
  await handle.close();
  await rm(path);
}

export async function makeFolder(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path, { recursive: true });
  return path;
}

async function fill(path: string, size: number): Promise<void> {
  const chunk = createHash("shake256", { outputLength: MEBIBYTE }).update(path).digest();
  const handle = await open(path, "w");
  for (let at = 0; at < size; at += chunk.length) {
    chunk.writeDoubleLE(at); // no two pieces are alike
    await handle.write(chunk, 0, Math.min(chunk.length, size - at));
  }
  await handle.sync();
  await handle.close();
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: MEBIBYTE })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
