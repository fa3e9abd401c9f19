import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination } from "@plumbline/core";
import { createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { type Fault, flippingProxy } from "@plumbline/stand-ins";
import { createTestContext } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { createSftpDestination, type SftpSettings } from "../src/index.ts";
import { contentOf, createScene, manifestFor, prepare, stage } from "./destination-scene.ts";
import type { SftpFixture } from "./sftp-fixture.ts";

const CONTENT = contentOf(150_000);
const LOST = { name: "RetryableError", cause: { code: "PLB_SFTP_LOST" } };

/** A fault at the n-th of some requests, once. */
function faultAt(fixture: SftpFixture, due: number, fault: Fault, pattern = /./): void {
  let count = 0;
  fixture.server.fault = (request) => (pattern.test(request) && ++count === due ? fault : undefined);
}

/** Looks at a final name before each request is handled, and notes what is seen there that a far side must never see. */
function watch(fixture: SftpFixture, publish: string): { at: string; readonly wrong: string[] } {
  const state = { at: "", wrong: [] as string[] };
  fixture.server.onRequest = () => {
    const path = join(fixture.path, state.at);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (state.at === "" || size === undefined) return;
    const isFinal = size === CONTENT.length;
    const isWrong = isFinal ? !CONTENT.equals(readFileSync(path)) : publish === "atomic";
    const isEarly = publish !== "marker" && isWrong;
    const isMarkedEarly = existsSync(`${path}.ready`) && !(isFinal && !isWrong);
    if (isEarly || isMarkedEarly) state.wrong.push(`${state.at}: ${size}`);
  };
  return state;
}

/** What an uploader does: tries, looks where the outcome is unknown, reaps, and tries again. Gives the times that it was published. */
async function deliverWhatever(destination: Destination, name: string): Promise<number> {
  let published = 0;
  for (let tries = 0; tries < 3; tries++) {
    const manifest = manifestFor(name, CONTENT);
    let staged;
    try {
      staged = await stage(destination, name, { overwrite: "same" });
      for (let at = 0; at < CONTENT.length; at += 40_000) await staged.write(CONTENT.subarray(at, at + 40_000));
      await staged.verify(manifest);
      if ((await staged.publish(manifest)) === "published") published += 1;
      return published;
    } catch (error) {
      expect(error).toMatchObject(LOST);
      await Promise.allSettled([staged?.abort()]); // over a lost connection nothing is taken away
      await destination.reap("tester");
      if ((await destination.inspect(name, { hash: true }))?.sha256 === manifest.sha256) return published + 1;
    }
  }
  throw new Error("it was not delivered in three tries");
}

test.each(["cut", "lose"] as const)(
  "atomic: the connection %s at every request: absent or whole, and exactly one publish",
  async (fault) => {
    const { destination, fixture } = await createScene({ windowBytes: 65_536 });
    await destination.start();
    await deliverWhatever(destination, "whole.bin");
    const look = watch(fixture, "atomic");
    const from = fixture.server.requests.length;
    await deliverWhatever(destination, "counted.bin");
    const requests = fixture.server.requests.length - from;
    expect(requests).toBeGreaterThan(20);
    // A cut before a request is a lost answer to the one before: some of the one, all of the other.
    for (let due = 1; due <= requests; due += fault === "cut" ? 5 : 1) {
      const name = `cut-${due}.bin`;
      faultAt(fixture, due, fault);
      look.at = name;
      expect(await deliverWhatever(destination, name)).toBe(1);
      const there = await fixture.read(name);
      expect(there !== undefined && CONTENT.equals(there)).toBe(true);
    }
    fixture.server.fault = () => undefined;
    await destination.reap("tester");
    expect(await readdir(fixture.staging)).toEqual([]);
    expect(look.wrong).toEqual([]);
  },
);

test("the answer to the publish is lost: it is reconciled by looking, and nothing is published twice", async () => {
  const { destination, fixture } = await createScene();
  await destination.start();
  const staged = await prepare(destination, "a.bin", CONTENT);
  faultAt(fixture, 1, "lose", /hardlink/);
  const manifest = manifestFor("a.bin", CONTENT);
  await expect(staged.publish(manifest)).rejects.toMatchObject(LOST);
  await expect(staged.abort()).rejects.toMatchObject(LOST);
  expect(await destination.inspect("a.bin", { hash: true })).toMatchObject({ sha256: manifest.sha256 });
  expect(await destination.reap("tester")).toBe(1);
  const again = await prepare(destination, "a.bin", CONTENT, { overwrite: "same" });
  expect(await again.publish(manifest)).toBe("already-there");
});

test.each([
  ["the disk is full", /^posix-rename/, { status: 4, message: "No space left on device" }, "PLB_HANDOFF_NO_SPACE"],
  ["the file system may not be written to", /^posix-rename/, { status: 3 }, "PLB_SFTP_REFUSED"],
  ["the time cannot be set", /^fsetstat/, { status: 3 }, "PLB_SFTP_REFUSED"],
] as const)(
  "a file that may be replaced and is not, since %s, is not told as a name that is taken",
  async (_why, request, fault, code) => {
    const { destination, fixture } = await createScene();
    await destination.start();
    await fixture.put("a.bin", contentOf(10));
    const staged = await prepare(destination, "a.bin", CONTENT, { overwrite: "replace" });
    faultAt(fixture, 2, fault, request); // the first is the manifest's
    await expect(staged.publish(manifestFor("a.bin", CONTENT))).rejects.toMatchObject({ code });
    await staged.abort();
    expect(await fixture.read("a.bin")).toEqual(contentOf(10));
    expect(await fixture.staged()).toBe(0);
    for await (const { name } of destination.manifests()) expect.unreachable(name);
  },
);

test("a server that falls silent is given up, and what was asked of it may be tried again", async () => {
  const { destination, fixture } = await createScene({ replyTimeoutMs: 100, windowBytes: 32_768 });
  await destination.start();
  const staged = await stage(destination, "a.bin");
  fixture.server.fault = (request) => (request === "write" ? "silence" : undefined);
  await expect(staged.write(CONTENT)).rejects.toMatchObject(LOST);
  await expect(staged.write(CONTENT)).rejects.toMatchObject(LOST);
  await expect(staged.abort()).rejects.toMatchObject(LOST);
  fixture.server.fault = () => undefined;
  expect(await deliverWhatever(destination, "a.bin")).toBe(1);
});

test("a server that is stopped in mid-upload and comes back gets the file whole, once, from an uploader that waits for it", async () => {
  const { destination, fixture } = await createScene({ windowBytes: 65_536 });
  const base = await mkdtemp(join(tmpdir(), "plumbline-stopped-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  await mkdir(join(base, "from"));
  await writeFile(join(base, "from", "a.bin"), CONTENT);
  let retries = 0;
  let back: Promise<void> | undefined;
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: join(base, "from"), commit: "rename", once: true }),
    destination,
    stateDirectory: join(base, "state"),
    retryMs: 5,
    maxRetryMs: 20,
    onEvent: ({ kind }) => {
      // The first is that it stopped, the second that nobody is there.
      if (kind === "retry" && ++retries === 2) back = fixture.server.listen();
    },
  });
  await uploader.start();
  let writes = 0;
  fixture.server.fault = (request) => {
    if (request !== "write" || ++writes !== 3) return undefined;
    void fixture.server.close();
    return "cut";
  };
  await uploader.run(AbortSignal.timeout(20_000));
  await back;
  await uploader.close();
  expect(retries).toBeGreaterThan(1);
  expect(uploader.counts).toMatchObject({ delivered: 1, aside: 0 });
  expect(CONTENT.equals((await fixture.read("a.bin")) ?? Buffer.alloc(0))).toBe(true);
  expect(fixture.server.requests.filter((request) => request === "hardlink@openssh.com").length).toBe(3); // two of the probe
});

test.each([
  ["atomic", "the part may not be removed", 1, { status: 3 }],
  ["linear", "the file may not be removed", 2, { status: 3 }], // after what a manifest is written to first
  ["atomic", "the connection is cut", 1, "cut"],
] as const)(
  "abort, publish: %s, where %s: it tells of what is left, each time, and the next delivery finds it taken away",
  async (publish, _why, due, fault) => {
    const { destination, fixture } = await createScene({ publish });
    await destination.start();
    const staged = await prepare(destination, "a.bin", CONTENT);
    faultAt(fixture, due, fault, /^remove$/);
    const told = fault === "cut" ? LOST : { code: "PLB_SFTP_REFUSED", details: { what: "remove" } };
    await expect(staged.abort()).rejects.toMatchObject(told);
    await expect(staged.abort()).rejects.toMatchObject(told);
    expect(await fixture.staged()).toBe(1);
    await (await prepare(destination, "b.bin", CONTENT)).publish(manifestFor("b.bin", CONTENT));
    expect(await readdir(fixture.staging)).toEqual([]);
    expect(await fixture.visible()).toEqual(["b.bin"]);
  },
);

test("a publish whose staging may not be removed has published; aborting tells that something is left", async () => {
  const { destination, fixture } = await createScene();
  await destination.start();
  const staged = await prepare(destination, "a.bin", CONTENT);
  faultAt(fixture, 1, { status: 3 }, /^remove$/);
  expect(await staged.publish(manifestFor("a.bin", CONTENT))).toBe("published");
  await expect(staged.abort()).rejects.toMatchObject({ code: "PLB_SFTP_REFUSED" });
  expect(await destination.reap("tester")).toBe(1);
  expect(await readdir(fixture.staging)).toEqual([]);
});

test("a manifest that was not written to its end, and may not be removed then, goes with the abort", async () => {
  const { destination, fixture } = await createScene();
  await destination.start();
  const staged = await prepare(destination, "a.bin", CONTENT);
  let renames = 0;
  let removes = 0;
  fixture.server.fault = (request) => {
    const isDue = request.startsWith("posix-rename") ? ++renames === 1 : request === "remove" && ++removes === 1;
    return isDue ? { status: 3 } : undefined;
  };
  await expect(staged.publish(manifestFor("a.bin", CONTENT))).rejects.toMatchObject({ code: "PLB_SFTP_REFUSED" });
  await staged.abort();
  expect(await readdir(fixture.staging)).toEqual([]);
});

test("linear: what was cut off is not taken for an earlier file that it begins with", async () => {
  const { destination, fixture } = await createScene({ publish: "linear" });
  await destination.start();
  const earlier = CONTENT.subarray(0, -1);
  await (await prepare(destination, "a.bin", earlier)).publish(manifestFor("a.bin", earlier));
  await unlink(join(fixture.path, "a.bin")); // taken away by who it was for
  const staged = await stage(destination, "a.bin", { size: CONTENT.length });
  await staged.write(CONTENT);
  await expect.poll(async () => (await fixture.read("a.bin"))?.length).toBe(earlier.length);
  fixture.server.cut();
  await expect(staged.abort()).rejects.toMatchObject(LOST);
  const from = fixture.server.requests.length;
  expect(await destination.reap("tester")).toBe(1);
  expect(await fixture.visible()).toEqual([]);
  // Of its record alone: by its size it is known already that it is not whole.
  expect(fixture.server.requests.slice(from).filter((request) => request === "read")).toHaveLength(1);
});

test("symbolic links over there lead nowhere: not as a folder on the way, not as the file", async () => {
  const { destination, fixture } = await createScene();
  await destination.start();
  const outside = await mkdtemp(join(tmpdir(), "plumbline-outside-"));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  await symlink(outside, join(fixture.path, "out"));
  await writeFile(join(outside, "theirs.bin"), "theirs");
  await symlink(join(outside, "theirs.bin"), join(fixture.path, "link.bin"));
  const astray = await prepare(destination, "out/a.bin", CONTENT);
  await expect(astray.publish(manifestFor("out/a.bin", CONTENT))).rejects.toMatchObject({
    code: "PLB_HANDOFF_NAME_UNSUITABLE",
  });
  await astray.abort();
  const taken = await prepare(destination, "link.bin", CONTENT);
  await expect(taken.publish(manifestFor("link.bin", CONTENT))).rejects.toMatchObject({
    code: "PLB_HANDOFF_NAME_TAKEN",
  });
  await taken.abort();
  expect(await destination.inspect("link.bin", { hash: true })).toBeUndefined();
  await (
    await prepare(destination, "link.bin", CONTENT, { overwrite: "replace" })
  ).publish(manifestFor("link.bin", CONTENT));
  expect(await readdir(outside)).toEqual(["theirs.bin"]);
  expect(readFileSync(join(outside, "theirs.bin"), "utf8")).toBe("theirs");
  expect(CONTENT.equals((await fixture.read("link.bin")) ?? Buffer.alloc(0))).toBe(true);
});

test("a bit that flips on the way never arrives: the connection ends instead", async () => {
  const { fixture } = await createScene();
  const proxy = await flippingProxy(fixture.server.port, 60_000);
  onTestFinished(() => void proxy.server.close());
  const settings = { ...fixture.options, port: proxy.port } as unknown as SftpSettings;
  const destination = await createSftpDestination(settings, createTestContext());
  onTestFinished(async () => destination.close());
  await destination.start();
  await expect(prepare(destination, "a.bin", CONTENT)).rejects.toMatchObject(LOST);
  expect(await fixture.visible()).toEqual([]);
});

test("a bit that flips over there is found by reading back; by size alone it is not, and the level says so", async () => {
  for (const verify of ["read-back", "size"] as const) {
    const { destination, fixture } = await createScene({ verify });
    expect((await destination.start()).verification).toBe(verify);
    fixture.server.files.onWrite = (data) => (data[0] = (data[0] ?? 0) ^ 1);
    const staged = await stage(destination, "a.bin");
    await staged.write(CONTENT);
    const verified = staged.verify(manifestFor("a.bin", CONTENT));
    if (verify === "size") expect(await verified).toBe("size");
    else await expect(verified).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
  }
});

test("bytes are written in order, several requests unanswered at a time, and never more than the window", async () => {
  const { destination, fixture } = await createScene({ windowBytes: 100_000 });
  await destination.start();
  const positions: number[] = [];
  fixture.server.files.onWrite = (_, position) => positions.push(position);
  const staged = await stage(destination, "a.bin");
  fixture.server.fault = (request) => (request === "write" ? "silence" : undefined);
  const writing = staged.write(CONTENT).catch((error: unknown) => error);
  await expect.poll(() => positions.length).toBe(3);
  await destination.inspect("a.bin"); // what is sent behind them has arrived too: there is no fourth
  expect(positions).toEqual([0, 31_952, 63_904]);
  fixture.server.cut();
  expect(await writing).toMatchObject(LOST);
});

test.each(["linear", "marker"] as const)(
  "publish: %s, cut anywhere: never its final size before it is whole; reaped, and delivered again",
  async (publish) => {
    const { destination, fixture } = await createScene({ publish, windowBytes: 65_536 });
    await destination.start();
    const from = fixture.server.requests.length;
    await deliverWhatever(destination, "counted.bin");
    const requests = fixture.server.requests.slice(from);
    // Between the file's creation and its record nobody could know whose it is: see the README.
    const look = watch(fixture, publish);
    const first = requests.indexOf("fsetstat") + 10;
    for (let due = first; due <= requests.length; due += 5) {
      const name = `cut-${due}.bin`;
      faultAt(fixture, due, "lose");
      look.at = name;
      expect(await deliverWhatever(destination, name)).toBe(1);
      const there = await fixture.read(name);
      expect(there !== undefined && CONTENT.equals(there)).toBe(true);
    }
    expect(look.wrong).toEqual([]);
  },
);

test("publish: linear: a file whose record is refused is closed before it is taken away, as servers want that remove nothing open", async () => {
  const { destination, fixture } = await createScene({ publish: "linear" });
  await destination.start();
  const { server } = fixture;
  let opened = 0;
  let from = 0;
  server.fault = (request) => {
    if (from > 0) return request === "close" ? "silence" : undefined;
    if (request !== "open" || ++opened < 2) return undefined;
    from = server.requests.length;
    return { status: 3 };
  };
  const staging = stage(destination, "a.bin").catch((error: unknown) => error);
  await expect.poll(() => from > 0 && server.requests.includes("close", from)).toBe(true);
  await destination.inspect("b.bin"); // what was sent behind it has arrived too
  expect(server.requests.slice(from)).not.toContain("remove");
  expect(existsSync(join(fixture.path, "a.bin"))).toBe(true);
  server.cut();
  expect(await staging).toMatchObject(LOST);
});

test("never: a manifest of the very content that stands there is not taken back, whoever wrote it first", async () => {
  const { destination } = await createScene();
  await destination.start();
  const [first, second] = [await prepare(destination, "a.bin", CONTENT), await prepare(destination, "a.bin", CONTENT)];
  const manifest = manifestFor("a.bin", CONTENT);
  const ends = await Promise.allSettled([first.publish(manifest), second.publish(manifest)]);
  expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const ids = [];
  for await (const { id } of destination.manifests()) ids.push(id);
  expect(ids).toEqual([manifest.id]);
});

test("publish: marker: a marker that was left when its file was taken marks no byte of the next", async () => {
  const { fixture, destination } = await createScene({ publish: "marker" });
  await destination.start();
  await writeFile(join(fixture.path, "a.bin.ready"), "of a file that was taken away");
  const seen = watch(fixture, "marker");
  seen.at = "a.bin";
  expect(await deliverWhatever(destination, "a.bin")).toBe(1);
  expect(seen.wrong).toEqual([]);
  expect(existsSync(join(fixture.path, "a.bin.ready"))).toBe(true);
});

test.each([
  ["linear", "a record whose file may not be read", "open", 2],
  ["linear", "a file that may not be removed", "remove", 1],
  ["atomic", "a part that may not be removed", "remove", 1],
] as const)(
  "publish: %s, and %s: it stays for the next time, and no start fails",
  async (publish, _what, request, due) => {
    const { destination, fixture } = await createScene({ publish });
    await destination.start();
    const name = `tester.0011223344556677.${publish === "linear" ? "linear" : "part"}`;
    await writeFile(join(fixture.staging, name), JSON.stringify({ name: "a.bin", size: 3 }));
    await fixture.put("a.bin", Buffer.from("abc"));
    faultAt(fixture, due, { status: 3 }, new RegExp(`^${request}$`));
    expect(await destination.reap("tester")).toBe(0);
    expect(await readdir(fixture.staging)).toEqual([name]);
    fixture.server.fault = () => undefined;
    await writeFile(join(fixture.staging, "tester.8899aabbccddeeff.part"), "");
    expect(await destination.reap("tester")).toBe(2);
    expect(await readdir(fixture.staging)).toEqual([]);
  },
);
