import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Destination, type HandoffManifest, RetryableError, type StagedDelivery } from "@plumbline/core";
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

/** The next write to any file fails, as on a full disk; or another call. */
async function failNextWrite(code: string, operation: "write" | "writeFile" | "chmod" = "write"): Promise<void> {
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
  await handle.close();
  const original = prototype[operation];
  prototype[operation] = async () => {
    if (original !== undefined) prototype[operation] = original;
    throw createSystemError(code, operation);
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

test.each(["atomic", "linear"] as const)(
  "a disk that is full by the time of the manifest says so, and nothing is left; publish: %s",
  async (publish) => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path, publish });
    await destination.start();
    const content = Buffer.from("all of it");
    const facts = { name: "a.bin", size: content.length, sha256: sha256Of(content) };
    const request = { ...facts, overwrite: "never", owner: "full" } as const;
    const staged = await destination.stage(request, new AbortController().signal);
    await staged.write(content);
    await staged.verify(facts);
    await failNextWrite("ENOSPC", "writeFile");
    const manifest = createManifest({ ...facts, guarantee: "committed", createdMicros: 0 });
    await expect(staged.publish(manifest)).rejects.toMatchObject({ code: "PLB_HANDOFF_NO_SPACE" });
    await staged.abort();
    expect(await fixture.visible()).toEqual([]);
    for (const each of ["staging", "manifests"]) expect(await readdir(join(fixture.control, each))).toEqual([]);
    await destination.close();
    await fixture.close?.();
  },
);

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

  test.each(["atomic", "linear", "marker"] as const)(
    "what is published has the mode that was asked for, its folders and manifests let the same users read it, whatever the process's mask (%s)",
    async (way) => {
      const fixture = await createFolderFixture();
      const destination = createDirectoryDestination({ path: fixture.path, mode: 0o664, publish: way });
      await destination.start();
      const { id } = await publish(destination, "a/b.bin", contentOf(10));
      const modeOf = async (path: string): Promise<number> => (await stat(join(fixture.path, path))).mode & 0o777;
      const files = [
        "a/b.bin",
        `${CONTROL_FOLDER}/manifests/${id}.json`,
        ...(way === "marker" ? ["a/b.bin.ready"] : []),
      ];
      for (const file of files) expect(await modeOf(file), file).toBe(0o664);
      for (const folder of ["", "a", CONTROL_FOLDER, `${CONTROL_FOLDER}/manifests`]) {
        expect(await modeOf(folder), folder).toBe(0o775);
      }
      expect(await modeOf(`${CONTROL_FOLDER}/staging`)).toBe(0o700);
      await destination.close();
      await fixture.close?.();
    },
  );

  test.each(["atomic", "linear"] as const)(
    "a file that cannot have its mode leaves nothing behind (%s)",
    async (way) => {
      const fixture = await createFolderFixture();
      const destination = createDirectoryDestination({ path: fixture.path, publish: way });
      await destination.start();
      await failNextWrite("EPERM", "chmod");
      await expect(publish(destination, "a.bin", contentOf(10))).rejects.toMatchObject({ code: "EPERM" });
      expect(await fixture.visible()).toEqual([]);
      expect(await fixture.staged()).toBe(0);
      await destination.close();
      await fixture.close?.();
    },
  );

  test.each([
    ["EIO", "EIO", true],
    ["ESTALE", "ESTALE", true],
    ["ENOTCONN", "ENOTCONN", true],
    ["EDQUOT", "PLB_HANDOFF_NO_SPACE", false],
    ["EINVAL", "EINVAL", false],
  ] as const)("a write that fails with %s says whose trouble it is", async (code, told, isRetryable) => {
    const fixture = await createFolderFixture();
    const destination = createDirectoryDestination({ path: fixture.path });
    await destination.start();
    await failNextWrite(code);
    const error: unknown = await publish(destination, "a.bin", contentOf(10)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: told });
    expect(RetryableError.isInstance(error)).toBe(isRetryable);
    await destination.close();
    await fixture.close?.();
  });

  test.each(["atomic", "linear", "marker"] as const)(
    "a folder that is not mounted any more is to be waited for, and nothing is written under it (%s)",
    async (way) => {
      const fixture = await createFolderFixture();
      const destination = createDirectoryDestination({ path: fixture.path, publish: way });
      await destination.start();
      await rm(fixture.control, { recursive: true });
      const error: unknown = await publish(destination, "a.bin", contentOf(10)).catch((reason: unknown) => reason);
      expect(RetryableError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ code: "ENOENT", message: expect.stringContaining("is it mounted?") });
      expect(await readdir(fixture.path)).toEqual([]);
      await destination.close();
      await fixture.close?.();
    },
  );

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

test("publish: marker: a marker that was left when its file was taken marks no byte of the next", async () => {
  const fixture = await createFolderFixture();
  const destination = createDirectoryDestination({ path: fixture.path, publish: "marker" });
  await destination.start();
  const marked = (): boolean => existsSync(join(fixture.path, `a.bin${MARKER_ENDING}`));
  await publish(destination, "a.bin", contentOf(1000));
  const request = { name: "a.bin", size: 2000, overwrite: "same", owner: "me" } as const;
  const beside = await destination.stage(request, new AbortController().signal);
  expect(marked(), "its file stands there").toBe(true);
  await beside.abort();
  await rm(join(fixture.path, "a.bin")); // taken away, and its marker forgotten
  const staged = await destination.stage(request, new AbortController().signal);
  await staged.write(contentOf(1999));
  expect(marked()).toBe(false);
  await staged.abort();
  await publish(destination, "a.bin", contentOf(2000));
  expect(marked()).toBe(true);
  await destination.close();
  await fixture.close?.();
});

test("never: a manifest of the very content that stands there is not taken back, whoever wrote it first", async () => {
  const fixture = await createFolderFixture();
  const destination = createDirectoryDestination({ path: fixture.path });
  await destination.start();
  const content = contentOf(1000);
  const [first, second] = [await prepared(destination, content), await prepared(destination, content)];
  const facts = { name: "a.bin", size: content.length, sha256: sha256Of(content) };
  const manifest = createManifest({ ...facts, guarantee: "committed", createdMicros: 0 });
  const ends = await Promise.allSettled([first.publish(manifest), second.publish(manifest)]);
  expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const ids = [];
  for await (const { id } of destination.manifests()) ids.push(id);
  expect(ids).toEqual([manifest.id]);
  await destination.close();
  await fixture.close?.();
});

async function prepared(destination: Destination, content: Uint8Array): Promise<StagedDelivery> {
  const request = { name: "a.bin", size: content.length, overwrite: "never", owner: "me" } as const;
  const staged = await destination.stage(request, new AbortController().signal);
  await staged.write(content);
  await staged.verify({ size: content.length, sha256: sha256Of(content) });
  return staged;
}

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
