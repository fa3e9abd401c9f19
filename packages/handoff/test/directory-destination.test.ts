import { mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Destination, HandoffManifest } from "@plumbline/core";
import { contentOf, createSystemError, destinationContract } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import {
  CONTROL_FOLDER,
  createDirectoryDestination,
  createManifest,
  directory,
  type DirectoryOptions,
  MARKER_ENDING,
  parseManifest,
} from "../src/index.ts";
import { createFolderFixture, type FolderFixture } from "./directory-fixture.ts";
import { sha256Of } from "./scene.ts";

for (const publish of ["atomic", "linear", "marker"] as const) {
  describe(`the destination contract, publish: ${publish}`, () => {
    const cases = destinationContract<DirectoryOptions, FolderFixture>({
      plugin: directory,
      setup: () => createFolderFixture({ publish }),
      sizes: [262_144, 524_288],
      maxNameBytes: publish === "marker" ? 249 : 255,
      invalidOptions: [{}, { path: 1 }, { path: "x", publish: "soon" }, { path: "x", mode: "rw" }],
      ...(publish === "atomic" ? { damage: async (_fixture, { ref }) => flipByte(ref, 123_456) } : {}),
      failOnce: () => failNextWrite("ENOSPC"),
    });
    test.each([...cases])("$name", async ({ run }) => run());
  });
}

/** The next write to any file fails, as on a full disk. */
async function failNextWrite(code: string): Promise<void> {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as { write: (...args: readonly unknown[]) => Promise<unknown> };
  await handle.close();
  const { write } = prototype;
  prototype.write = async () => {
    prototype.write = write;
    throw createSystemError(code, "write");
  };
}

async function flipByte(path: string, at: number): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}

test("the suite is not empty", () => {
  expect(destinationContract({ plugin: directory, setup: () => createFolderFixture() }).length).toBeGreaterThan(20);
});

describe("what a folder is to a destination", () => {
  test("a probe that a killed process has left is removed when it is a minute old, not before", async () => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path });
    await destination.start();
    const old = "0".repeat(16);
    const young = "1".repeat(16);
    for (const tag of [old, young]) {
      await writeFile(join(fixture.control, "staging", `.probe-${tag}-1`), "");
      await writeFile(join(fixture.path, `.plumbline-probe-${tag}`), "");
    }
    const then = Date.now() / 1000 - 3600;
    await utimes(join(fixture.control, "staging", `.probe-${old}-1`), then, then);
    await destination.start();
    expect((await readdir(fixture.path)).filter((name) => name !== CONTROL_FOLDER)).toEqual([
      `.plumbline-probe-${young}`,
    ]);
    expect(await readdir(join(fixture.control, "staging"))).toEqual([`.probe-${young}-1`]);
    await fixture.close?.();
  });

  test("published files have the mode that was asked for, whatever the process's mask", async () => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path, mode: 0o664 });
    await destination.start();
    await publish(destination, "a/b.bin", contentOf(10));
    expect((await stat(join(fixture.path, "a/b.bin"))).mode & 0o777).toBe(0o664);
    await fixture.close?.();
  });

  test("times of publishing are strictly later, one after the other, however fast they come", async () => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path });
    await destination.start();
    const names = Array.from({ length: 40 }, (_, index) => `${index}.bin`);
    await Promise.all(names.map(async (name) => publish(destination, name, contentOf(10))));
    const times = await Promise.all(
      names.map(async (name) => (await stat(join(fixture.path, name), { bigint: true })).mtimeNs),
    );
    expect(new Set(times).size).toBe(names.length);
    await fixture.close?.();
  });

  test("a folder on the way that is a symbolic link leads nowhere", async () => {
    const fixture = await createFolderFixture();
    const outside = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path });
    await destination.start();
    await createDirectoryDestination({ path: outside.path }).start();
    await symlink(outside.path, join(fixture.path, "out"));
    await expect(publish(destination, "out/a.bin", contentOf(10))).rejects.toMatchObject({
      code: "PLB_HANDOFF_NAME_UNSUITABLE",
    });
    expect(await outside.visible()).toEqual([]);
    await destination.close();
    await fixture.close?.();
    await outside.close?.();
  });

  test("a staging folder on another file system is refused at the start", async () => {
    const other = "/dev/shm";
    const fixture = await createFolderFixture();
    const devices = await Promise.all([stat(other), stat(join(fixture.path, ".."))]).catch(() => undefined);
    if (devices === undefined || devices[0].dev === devices[1].dev) {
      process.stderr.write("skipped: a staging folder on another file system, for which there is no second one here\n");
      return;
    }
    const control = await mkdtemp(join(other, "plumbline-"));
    try {
      const destination = createDirectoryDestination({ path: fixture.path, control });
      await expect(destination.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
    } finally {
      await rm(control, { recursive: true });
      await fixture.close?.();
    }
  });

  test("more than there is room for is refused before its first byte", async () => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path });
    const { freeBytes } = await destination.start();
    const request = { name: "huge.bin", size: (freeBytes ?? 0) + 2 ** 40, overwrite: "same", owner: "me" } as const;
    await expect(destination.stage(request, new AbortController().signal)).rejects.toMatchObject({
      code: "PLB_HANDOFF_NO_SPACE",
    });
    await fixture.close?.();
  });

  test("a linear file that a killed process has left is taken away by its owner alone", async () => {
    const fixture = await createFolderFixture();
    const killed = createDirectoryDestination({ path: fixture.path, publish: "linear" });
    await killed.start();
    const staged = await killed.stage(
      { name: "a.bin", size: 10, overwrite: "same", owner: "me" },
      new AbortController().signal,
    );
    await staged.write(contentOf(10));
    const next = createDirectoryDestination({ path: fixture.path, publish: "linear" });
    await next.start();
    expect(await next.reap("other")).toBe(0);
    expect((await fixture.read("a.bin"))?.length).toBe(9);
    expect(await next.reap("me")).toBe(1);
    expect(await fixture.visible()).toEqual([]);
    await killed.close();
    await fixture.close?.();
  });

  test("what a killed process has left is not taken for an earlier file that it begins with, nor somebody else's for what it left", async () => {
    const fixture = await createFolderFixture();
    const killed = createDirectoryDestination({ path: fixture.path, publish: "linear" });
    await killed.start();
    const earlier = contentOf(9);
    await publish(killed, "a.bin", earlier);
    await rm(join(fixture.path, "a.bin")); // taken away by who it was for
    const next = createDirectoryDestination({ path: fixture.path, publish: "linear" });
    await next.start();
    const begin = async (name: string): Promise<void> => {
      const request = { name, size: 10, overwrite: "same", owner: "me" } as const;
      const staged = await killed.stage(request, new AbortController().signal);
      await staged.write(Buffer.concat([earlier, Buffer.from("!")]));
    };
    await begin("a.bin");
    expect(await fixture.read("a.bin")).toEqual(earlier); // its last byte is held back
    await begin("b.bin");
    await rm(join(fixture.path, "b.bin"));
    await fixture.put("b.bin", Buffer.from("somebody else's"));
    expect(await next.reap("me")).toBe(2);
    await killed.close();
    expect(await fixture.visible()).toEqual(["b.bin"]);
    await fixture.close?.();
  });

  test("a marker appears only when its file is whole, and tells what the manifest tells", async () => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path, publish: "marker" });
    await destination.start();
    const manifest = await publish(destination, "a.bin", contentOf(1000));
    expect(parseManifest(await readFile(join(fixture.path, `a.bin${MARKER_ENDING}`), "utf8"))).toEqual(manifest);
    await fixture.close?.();
  });
});

async function publish(destination: Destination, name: string, content: Uint8Array): Promise<HandoffManifest> {
  const request = { name, size: content.length, overwrite: "same", owner: "me" } as const;
  const staged = await destination.stage(request, new AbortController().signal);
  const facts = { name, size: content.length, sha256: sha256Of(content) };
  const manifest = createManifest({ ...facts, guarantee: "committed", createdMicros: 0 });
  try {
    await staged.write(content);
    await staged.verify(facts);
    await staged.publish(manifest);
  } finally {
    await staged.abort();
  }
  return manifest;
}
