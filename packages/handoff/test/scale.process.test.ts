import { execFile } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createScene, type Scene } from "./scene.ts";

/** 100,000 in the long form: `PLUMBLINE_HANDOFF_FILES=100000 npx vitest run packages/handoff/test/scale.process.test.ts`. */
const FILES = Number(process.env["PLUMBLINE_HANDOFF_FILES"] ?? 4000);
/** 8192 in the long form (8 GiB are written to the temporary folder): `PLUMBLINE_HANDOFF_MEBIBYTES=8192`. */
const LARGE_MEBIBYTES = Number(process.env["PLUMBLINE_HANDOFF_MEBIBYTES"] ?? 192);
const SMALL_MEBIBYTES = LARGE_MEBIBYTES > 1024 ? 64 : 16;
const PROGRAM = fileURLToPath(new URL("programs/measured.mjs", import.meta.url));
const LONG_MS = 1_800_000;

interface Measured {
  readonly count: number;
  readonly longestTurnMs: number;
  readonly residentKibibytes: number;
}

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose](), LONG_MS);

async function measure(...given: readonly string[]): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...given]);
  return JSON.parse(stdout) as Measured;
}

/** Hands on a sparse file of this size, in a process of its own. */
async function send(mebibytes: number): Promise<Measured> {
  const own = await createScene();
  try {
    const handle = await open(join(own.from, "sparse.bin"), "w");
    await handle.truncate(mebibytes * 1024 * 1024);
    await handle.close();
    return await measure("send", own.from, own.to, own.state);
  } finally {
    await own[Symbol.asyncDispose]();
  }
}

test(
  `a folder of ${FILES} files is listed and judged without holding the event loop up`,
  async () => {
    for (let from = 0; from < FILES; from += 500) {
      const names = Array.from({ length: Math.min(500, FILES - from) }, (_, index) => `file-${from + index}`);
      await Promise.all(names.map(async (name) => writeFile(join(scene.from, name), "")));
    }
    const { count, longestTurnMs } = await measure("list", scene.from);
    expect(count).toBe(FILES);
    // A batch of 64 takes a few; all of them at once, many times as much.
    expect(longestTurnMs).toBeLessThan(150);
  },
  LONG_MS,
);

test(
  `memory is the same for ${SMALL_MEBIBYTES} and ${LARGE_MEBIBYTES} MiB, within 16 MiB`,
  async () => {
    const small = await send(SMALL_MEBIBYTES);
    const large = await send(LARGE_MEBIBYTES);
    expect(large.count).toBe(LARGE_MEBIBYTES * 1024 * 1024);
    expect((large.residentKibibytes - small.residentKibibytes) / 1024).toBeLessThan(16);
    expect(large.longestTurnMs).toBeLessThan(150);
  },
  LONG_MS,
);
