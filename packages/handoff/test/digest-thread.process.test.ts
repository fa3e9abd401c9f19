// A thread loads what is compiled, so what starts one is loaded from there, too.
import { appendFile, open, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StagedDelivery } from "@plumbline/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DigestThread } from "../src/digest-thread.ts";
import type * as handoff from "../src/index.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

const SIZE = 6 * 1024 * 1024 + 17;
const never = new AbortController().signal;
const content = Buffer.alloc(SIZE, "every byte is read back. ");

let scene: Scene;
let path: string;
beforeEach(async () => {
  scene = await createScene();
  path = join(scene.base, "followed.bin");
});
afterEach(async () => scene[Symbol.asyncDispose]());

const programs = {
  "in a thread": new URL("../dist/digest-worker.js", import.meta.url),
  "where no thread can be had": new URL("../dist/no-such-program.js", import.meta.url),
} as const;

describe.each(Object.entries(programs))("a file that is read behind its writer, %s", (_how, program) => {
  let thread: DigestThread;
  beforeEach(() => {
    thread = new DigestThread(program);
  });
  afterEach(async () => thread.close());

  test("is told when it is whole, and not before", async () => {
    await writeFile(path, content.subarray(0, 1_000_000));
    const followed = thread.follow(path);
    followed.grown(1_000_000);
    await appendFile(path, content.subarray(1_000_000));
    followed.grown(SIZE);
    expect(await followed.whole(SIZE, never)).toEqual({ size: SIZE, sha256: sha256Of(content) });
    followed.close();
  });

  test("is told with the bytes that it has beyond what was written", async () => {
    await writeFile(path, Buffer.concat([content, Buffer.from("more")]));
    expect(await thread.follow(path).whole(SIZE, never)).toMatchObject({ size: SIZE + 4 });
  });

  test("takes turns with others", async () => {
    const paths = ["a", "b", "c"].map((name) => join(scene.base, name));
    for (const each of paths) await writeFile(each, content);
    const found = await Promise.all(paths.map(async (each) => thread.follow(each).whole(SIZE, never)));
    expect(found.map(({ sha256 }) => sha256)).toEqual(paths.map(() => sha256Of(content)));
  });

  test("that is gone, or a link, is refused with the system's error", async () => {
    await expect(thread.follow(path).whole(SIZE, never)).rejects.toMatchObject({ code: "ENOENT" });
    await symlink(join(scene.base, "elsewhere"), path);
    await expect(thread.follow(path).whole(SIZE, never)).rejects.toMatchObject({ code: "ELOOP" });
  });

  test("is given up with the signal", async () => {
    await writeFile(path, content);
    const abort = new AbortController();
    const followed = thread.follow(path);
    followed.grown(SIZE);
    const found = followed.whole(SIZE, abort.signal);
    abort.abort();
    await expect(found).rejects.toMatchObject({ name: "AbortError" });
    followed.close();
  });

  test("is read here when the thread has been ended", async () => {
    await writeFile(path, content);
    const followed = thread.follow(path);
    followed.grown(SIZE);
    await thread.close();
    expect(await followed.whole(SIZE, never)).toMatchObject({ sha256: sha256Of(content) });
  });
});

test("it is read while it is written: at the end, the path is not needed any more", async () => {
  const thread = new DigestThread(programs["in a thread"]);
  await writeFile(path, content);
  const followed = thread.follow(path);
  followed.grown(SIZE);
  const later = join(scene.base, "later.bin");
  await writeFile(later, content);
  await thread.follow(later).whole(SIZE, never); // by then the first had its turns
  await rm(path);
  expect(await followed.whole(SIZE, never)).toEqual({ size: SIZE, sha256: sha256Of(content) });
  await thread.close();
});

describe("a folder's deliveries that are read back in a thread", () => {
  const compiled = fileURLToPath(new URL("../dist/index.js", import.meta.url));

  async function stage(given: number | undefined): Promise<[StagedDelivery, () => Promise<void>]> {
    const { createDirectoryDestination } = (await import(/* @vite-ignore */ compiled)) as typeof handoff;
    const destination = createDirectoryDestination({ path: scene.to });
    await destination.start();
    const staged = await destination.stage({ name: "a.bin", size: given, overwrite: "never", owner: "test" }, never);
    for (let at = 0; at < SIZE; at += 1_048_576) await staged.write(content.subarray(at, at + 1_048_576));
    return [staged, async () => destination.close()];
  }

  test.each([SIZE, undefined])("are verified (size given beforehand: %s)", async (given) => {
    const [staged, close] = await stage(given);
    expect(await staged.verify({ size: SIZE, sha256: sha256Of(content) })).toBe("read-back");
    await close();
  });

  test.each([SIZE, undefined])(
    "a byte changed long after it was read back is found (size given: %s)",
    async (given) => {
      const [staged, close] = await stage(given);
      const handle = await open(staged.ref, "r+");
      await handle.write(Buffer.from("E"), 0, 1, 100);
      await handle.close();
      await expect(staged.verify({ size: SIZE, sha256: sha256Of(content) })).rejects.toMatchObject({
        code: "PLB_HANDOFF_MISMATCH",
      });
      await close();
    },
  );
});
