import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Destination } from "@plumbline/core";
import { createSystemError } from "@plumbline/testing";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createDirectoryDestination } from "../src/index.ts";
import { createScene, type Scene, wrapDeliveries } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

// Whole under its name, and of no use to who waits for the marker.
test.each(["same", "never"] as const)(
  "publish: marker, and the marker cannot be written: it is not delivered, and its source stays (overwrite: %s)",
  async (overwrite) => {
    const source = await scene.make("a.bin", "content");
    const marker = join(scene.to, "a.bin.ready");
    let publishes = 0;
    const failing = wrapDeliveries(createDirectoryDestination({ path: scene.to, publish: "marker" }), (staged) => ({
      publish: async (manifest) => {
        publishes += 1;
        await mkdir(marker); // not before: what stands in the marker's place is seen when a file is staged
        try {
          return await staged.publish(manifest);
        } finally {
          await rmdir(marker);
        }
      },
    }));
    const once = async (destination: Destination): Promise<Record<string, number>> => {
      const uploader = { attempts: 3, overwrite };
      return { ...(await scene.once({ destination, source: { after: "delete" }, uploader })).counts };
    };
    expect(await once(failing)).toMatchObject({ delivered: 0, aside: 1 });
    expect(publishes).toBe(3);
    expect(existsSync(source)).toBe(true);
    const mended = createDirectoryDestination({ path: scene.to, publish: "marker" });
    expect(await once(mended)).toMatchObject({ delivered: 1, found: 0 });
    expect(existsSync(source)).toBe(false);
    expect(await scene.arrived()).toEqual(["a.bin", "a.bin.ready"]);
    expect(await scene.read("a.bin")).toBe("content");
  },
);

/** The first time that a file of so many bytes is to be made durable, the disk fails; whoever reads it finds it whole all the same, in memory. */
async function failFirstSyncAt(bytes: number): Promise<() => number> {
  const handle = await open(process.execPath);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const sync = Reflect.get(prototype, "sync");
  let failures = 0;
  const spy = vi.spyOn(prototype, "sync").mockImplementation(async function failing(this: FileHandle) {
    if (failures === 0 && (await this.stat()).size === bytes && ++failures === 1)
      throw createSystemError("EIO", "fsync");
    return sync.call(this);
  });
  onTestFinished(() => spy.mockRestore());
  return () => failures;
}

test.each(["linear", "marker"] as const)(
  "publish: %s, and the disk fails at the whole file: it is sent again, whatever stands in memory",
  async (publish) => {
    const content = "x".repeat(54_321);
    await scene.make("a.bin", content);
    const failures = await failFirstSyncAt(content.length);
    const destination = createDirectoryDestination({ path: scene.to, publish });
    const { counts } = await scene.once({ destination, source: { after: "delete" } });
    expect(failures()).toBe(1);
    expect(counts).toMatchObject({ delivered: 1, found: 0, retries: 1 });
    expect(await scene.read("a.bin")).toBe(content);
  },
);
