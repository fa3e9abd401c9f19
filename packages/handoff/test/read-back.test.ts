import { open, type FileHandle, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StagedDelivery } from "@plumbline/core";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ReadBack } from "../src/directory/read-back.ts";
import { createDirectoryDestination } from "../src/index.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

const PART = 1_048_576;
const SIZE = 6 * PART + 17;
const content = Buffer.alloc(SIZE, "every byte is read back. ");

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

describe("what was written is read back", () => {
  const DONE = Promise.resolve();

  async function fileWith(bytes: Uint8Array): Promise<FileHandle> {
    const path = join(scene.base, "a.bin");
    await writeFile(path, bytes);
    const handle = await open(path, "r+");
    onTestFinished(() => handle.close());
    return handle;
  }

  test("and compared: one byte that is another is seen, and so is an end too early", async () => {
    const handle = await fileWith(content);
    const back = new ReadBack(handle);
    expect(await back.holds(content.subarray(0, PART), 0, DONE)).toBe(true);
    expect(await back.holds(content.subarray(PART), PART, DONE)).toBe(true);
    expect(back.sha256()).toBe(sha256Of(content));
    expect(back.sha256()).toBe(sha256Of(content));
    await handle.write(Buffer.from("E"), 0, 1, 2 * PART - 1);
    expect(await new ReadBack(handle).holds(content, 0, DONE)).toBe(false);
    await handle.truncate(SIZE - 1);
    expect(await new ReadBack(handle).holds(content.subarray(2 * PART), 2 * PART, DONE)).toBe(false);
  });

  test("only once it is written, and what was given may be used again then", async () => {
    const handle = await fileWith(Buffer.alloc(0));
    const back = new ReadBack(handle);
    const given = Buffer.alloc(PART);
    for (let at = 0; at < content.length; at += PART) {
      const bytes = given.subarray(0, content.copy(given, 0, at, at + PART));
      const written = handle.write(bytes, 0, bytes.length, at).then(() => undefined);
      expect(await back.holds(bytes, at, written)).toBe(true);
      given.fill(0);
    }
    expect(back.sha256()).toBe(sha256Of(content));
  });

  test("also where the system gives less at a time than it was asked for", async () => {
    const handle = await fileWith(content);
    const read = async (buffer: Buffer, offset: number, length: number, position: number): Promise<unknown> =>
      handle.read(buffer, offset, Math.min(length, 300_007), position);
    const inPieces = { read } as unknown as FileHandle;
    expect(await new ReadBack(inPieces).holds(content, 0, DONE)).toBe(true);
    await handle.write(Buffer.from("E"), 0, 1, SIZE - 1);
    expect(await new ReadBack(inPieces).holds(content, 0, DONE)).toBe(false);
  });

  test("not at all where it could not be written", async () => {
    const full = new Error("the disk is full");
    const back = new ReadBack(await fileWith(content));
    await expect(back.holds(content, 0, Promise.reject(full))).rejects.toBe(full);
  });
});

describe("a folder's large deliveries", () => {
  async function stage(given: number | undefined, parts: number): Promise<StagedDelivery> {
    const destination = createDirectoryDestination({ path: scene.to });
    await destination.start();
    const signal = new AbortController().signal;
    const staged = await destination.stage({ name: "a.bin", size: given, overwrite: "never", owner: "test" }, signal);
    for (let at = 0; at < parts * PART; at += PART) await staged.write(content.subarray(at, at + PART));
    return staged;
  }

  async function spoil(staged: StagedDelivery): Promise<void> {
    const handle = await open(staged.ref, "r+");
    await handle.write(Buffer.from("E"), 0, 1, 100);
    await handle.close();
  }

  test.each([SIZE, undefined])("are verified (size given beforehand: %s)", async (given) => {
    const staged = await stage(given, 7);
    if (given !== undefined) expect(await staged.digest?.()).toBe(sha256Of(content));
    expect(await staged.verify({ size: SIZE, sha256: sha256Of(content) })).toBe("read-back");
    await staged.abort();
  });

  test.each([SIZE, undefined])(
    "are not, when a byte was changed long after it was read back (size given: %s)",
    async (given) => {
      const staged = await stage(given, 7);
      await spoil(staged);
      const expected = { size: SIZE, sha256: sha256Of(content) };
      await expect(staged.verify(expected)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
      await staged.abort();
    },
  );

  test("are not, when another digest is expected than that of what was written", async () => {
    const staged = await stage(SIZE, 7);
    const expected = { size: SIZE, sha256: sha256Of("something else") };
    await expect(staged.verify(expected)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
    await staged.abort();
  });
});
