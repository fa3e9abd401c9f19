import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Extension } from "@plumbline/stand-ins";
import { expect, test } from "vitest";
import { contentOf, createScene, manifestFor, prepare, stage } from "./destination-scene.ts";
import type { SftpFixture } from "./sftp-fixture.ts";

const LACKING: readonly (readonly [string, readonly Extension[], RegExp])[] = [
  ["fsync", ["fsync@openssh.com"], /fsync@openssh\.com/],
  ["statvfs", ["statvfs@openssh.com"], /statvfs@openssh\.com/],
  ["posix-rename and hardlink", ["posix-rename@openssh.com", "hardlink@openssh.com"], /hardlink.*posix-rename/],
];

test.each(LACKING)("a server without %s is refused, by name", async (_, extensions, message) => {
  const { destination, fixture } = await createScene({}, ({ server }) => {
    for (const each of extensions) server.lacks.add(each);
  });
  await expect(destination.start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_LACKS",
    message: expect.stringMatching(message),
  });
  expect(await fixture.visible()).toEqual([]);
});

test.each(["linear", "marker"] as const)(
  "what a server lacks is done without when publish: %s was chosen",
  async (publish) => {
    const { destination, fixture } = await createScene({ publish }, ({ server }) => {
      for (const [, extensions] of LACKING) for (const each of extensions) server.lacks.add(each);
    });
    expect(await destination.start()).toMatchObject({ publish, durable: false, freeBytes: undefined });
    const content = contentOf(100_000);
    const staged = await prepare(destination, "a.bin", content);
    expect((await fixture.read("a.bin"))?.length).toBe(99_999);
    expect(await staged.publish(manifestFor("a.bin", content))).toBe("published");
    expect(content.equals((await fixture.read("a.bin")) ?? Buffer.alloc(0))).toBe(true);
  },
);

test("without hardlink a name can only be replaced, without posix-rename it cannot", async () => {
  const one = await createScene({}, ({ server }) => server.lacks.add("hardlink@openssh.com"));
  expect((await one.destination.start()).overwrite).toEqual(["replace"]);
  await expect(stage(one.destination, "a.bin")).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  const other = await createScene({}, ({ server }) => server.lacks.add("posix-rename@openssh.com"));
  expect((await other.destination.start()).overwrite).toEqual(["never", "same"]);
  const refused = stage(other.destination, "a.bin", { overwrite: "replace" });
  await expect(refused).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  const content = contentOf(10);
  const staged = await prepare(other.destination, "a.bin", content);
  await staged.publish(manifestFor("a.bin", content));
  expect(await other.fixture.read("a.bin")).toEqual(content);
});

test.each(["atomic", "linear", "marker"] as const)(
  "a server that renames in no way, publish: %s: refused by name, and nothing is left there",
  async (publish) => {
    const { destination, fixture } = await createScene({ publish }, ({ server }) => {
      server.lacks.add("posix-rename@openssh.com");
      server.fault = (request) => (request === "rename" ? { status: 8 } : undefined);
    });
    await expect(destination.start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_LACKS",
      message: expect.stringContaining("rename"),
    });
    expect(await fixture.visible()).toEqual([]);
    expect(await fixture.staged()).toBe(0);
  },
);

test("a server that does not let modes be set is refused, with that step named, and nothing is left open or there", async () => {
  const { destination, fixture } = await createScene({}, ({ server }) => {
    server.fault = (request) => (request === "fsetstat" ? { status: 3 } : undefined);
  });
  await expect(destination.start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_LACKS",
    message: expect.stringContaining("set attributes"),
  });
  expect(await fixture.staged()).toBe(0);
  expect(stillOpen(fixture)).toBe(0);
});

test("publish: linear: a file whose mode cannot be set is refused as that, and does not stay", async () => {
  const { destination, fixture } = await createScene({ publish: "linear" });
  await destination.start();
  fixture.server.fault = (request) => (request === "fsetstat" ? { status: 3 } : undefined);
  await expect(stage(destination, "a.bin")).rejects.toMatchObject({
    code: "PLB_SFTP_REFUSED",
    details: { what: "set attributes of" },
  });
  expect(await fixture.visible()).toEqual([]);
  expect(stillOpen(fixture)).toBe(0);
});

test("who may read what is published may read its manifest, and nobody what is staged", async () => {
  const { destination, fixture } = await createScene({ mode: 0o644 });
  await destination.start();
  const staged = await prepare(destination, "sub/a.bin", contentOf(10));
  await staged.publish(manifestFor("sub/a.bin", contentOf(10)));
  const modeOf = async (path: string): Promise<number> => (await stat(join(fixture.path, path))).mode & 0o777;
  const control = ".plumbline-handoff";
  const [manifest = ""] = await readdir(join(fixture.path, control, "manifests"));
  for (const folder of ["sub", control, `${control}/manifests`]) expect(await modeOf(folder), folder).toBe(0o755);
  for (const file of ["sub/a.bin", `${control}/manifests/${manifest}`]) expect(await modeOf(file), file).toBe(0o644);
  expect(await modeOf(`${control}/staging`)).toBe(0o700);
});

test("what a start left that was cut is removed by one that succeeds an hour later by the server's clock, and not before", async () => {
  // To our clock, what this server has just made is two hours old.
  const { destination, fixture } = await createScene({}, ({ server }) => (server.files.clockAheadMs = -7_200_000));
  await destination.start();
  const once = fixture.server.requests.length;
  for (let due = 5; due <= once; due++) {
    let count = 0;
    fixture.server.fault = () => (++count === due ? "cut" : undefined);
    await expect(destination.start()).rejects.toMatchObject({ name: "RetryableError" });
  }
  fixture.server.fault = () => undefined;
  const left = await probesOf(fixture);
  expect(left.filter((path) => path.startsWith(fixture.staging)).length).toBeGreaterThan(2);
  expect(left.filter((path) => !path.startsWith(fixture.staging)).length).toBeGreaterThan(1);
  await writeFile(join(fixture.staging, ".probe-not-one-of-ours"), "");
  await destination.start();
  expect(await probesOf(fixture)).toHaveLength(left.length);
  const before = new Date(Date.now() - 3_700_000);
  for (const path of left) await utimes(path, before, before);
  await destination.start();
  expect(await probesOf(fixture)).toEqual([]);
  expect(await readdir(fixture.staging)).toEqual([".probe-not-one-of-ours"]);
});

test("a control folder on another file system is refused", async () => {
  const { destination } = await createScene({}, ({ server }) => {
    server.fault = (request) => (/rename|hardlink/.test(request) ? { status: 4 } : undefined);
  });
  await expect(destination.start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_LACKS",
    message: expect.stringContaining("another file system"),
  });
});

test("too little room is refused at the start, and for a file before its first byte", async () => {
  const { destination, fixture } = await createScene({ minFreeBytes: 1_000_000 }, ({ server }) => {
    server.files.freeBytes = 900_000;
  });
  await expect(destination.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  fixture.server.files.freeBytes = 1_500_000;
  await destination.start();
  const tooLarge = stage(destination, "a.bin", { size: 600_000 });
  await expect(tooLarge).rejects.toMatchObject({ code: "PLB_HANDOFF_NO_SPACE" });
  await (await stage(destination, "a.bin", { size: 400_000 })).abort();
});

test("a full disk or quota, said while it is written or only to be seen by asking, is told as such", async () => {
  const { destination, fixture } = await createScene({ minFreeBytes: 0 });
  await destination.start();
  for (const [message, free] of [["Disk quota exceeded", 1e9] as const, ["Failure", 0] as const]) {
    const staged = await stage(destination, "a.bin");
    fixture.server.files.freeBytes = free;
    fixture.server.fault = (request) => (request === "write" ? { status: 4, message } : undefined);
    const content = contentOf(100_000);
    const failed = staged.write(content).then(() => staged.verify(manifestFor("a.bin", content)));
    await expect(failed).rejects.toMatchObject({ code: "PLB_HANDOFF_NO_SPACE" });
    fixture.server.fault = () => undefined;
    fixture.server.files.freeBytes = 1e9;
    await staged.abort();
  }
  expect(await fixture.visible()).toEqual([]);
  expect(await fixture.staged()).toBe(0);
});

test.each([-3_600_000, 3_600_000])(
  "the time of a file is the server's where its clock is off by %d ms",
  async (aheadMs) => {
    for (const stampsItself of [true, false]) {
      const { destination, fixture } = await createScene({}, ({ server }) => {
        server.files.clockAheadMs = aheadMs;
        server.files.stampsItself = stampsItself;
      });
      await destination.start();
      const content = contentOf(10);
      await (await prepare(destination, "a.bin", content)).publish(manifestFor("a.bin", content));
      // On its disk here, where our clock is: an hour off would be one that was stamped by ours.
      const { mtimeMs } = await stat(join(fixture.path, "a.bin"));
      expect(Math.abs(mtimeMs - Date.now()), `stamps itself: ${stampsItself}`).toBeLessThan(60_000);
    }
  },
);

test.each([true, false])(
  "the time of a file is that of its publishing, by the server's clock (it stamps itself: %s)",
  async (stampsItself) => {
    const { destination, fixture } = await createScene({}, ({ server }) => (server.files.stampsItself = stampsItself));
    await destination.start();
    const content = contentOf(10);
    const staged = await prepare(destination, "a.bin", content);
    const before = fixture.server.requests.length;
    await staged.publish(manifestFor("a.bin", content));
    const asked = fixture.server.requests.slice(before);
    expect(asked.indexOf("fsetstat", asked.lastIndexOf("posix-rename@openssh.com"))).toBeLessThan(
      asked.indexOf("hardlink@openssh.com"),
    );
    const { mtimeMs } = await stat(join(fixture.path, "a.bin"));
    expect(Math.abs(mtimeMs - Date.now())).toBeLessThan(60_000);
    expect(Number.isInteger(mtimeMs / 1000)).toBe(!stampsItself);
  },
);

/** Handles that were opened and not closed. */
function stillOpen({ server }: SftpFixture): number {
  const count = (name: string): number => server.requests.filter((request) => request === name).length;
  return count("open") + count("opendir") - count("close");
}

/** What probes have left, in the staging folder and where it is seen. */
async function probesOf({ path, staging }: SftpFixture): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of [path, staging]) {
    for (const name of await readdir(folder)) {
      if (/^\.(?:plumbline-)?probe-[0-9a-f]{16}(?:-|$)/.test(name)) found.push(join(folder, name));
    }
  }
  return found;
}
