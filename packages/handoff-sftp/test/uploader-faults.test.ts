import { existsSync, statSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination, Pickup } from "@plumbline/core";
import {
  createDirectoryPickup,
  createFilePickup,
  createUploader,
  type HandoffEvent,
  type Uploader,
  type UploaderOptions,
} from "@plumbline/handoff";
import { createKeyPair, type Fault, USER_KEY } from "@plumbline/stand-ins";
import { expect, onTestFinished, test } from "vitest";
import { contentOf, createScene, manifestFor, prepare } from "./destination-scene.ts";
import type { SftpFixture } from "./sftp-fixture.ts";

const CONTENT = contentOf(150_000);

/** A fault at the n-th of some requests, once. */
function faultAt(fixture: SftpFixture, due: number, fault: Fault, pattern = /./): void {
  let count = 0;
  fixture.server.fault = (request) => (pattern.test(request) && ++count === due ? fault : undefined);
}

/** An uploader that is given one file after the other; each offer resolves when the file was dealt with. */
async function uploaderByTurns(
  destination: Destination,
): Promise<Pick<Source, "uploader" | "events"> & { readonly offer: (name: string | undefined) => Promise<void> }> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-faults-"));
  const events: HandoffEvent[] = [];
  let take: (name: string | undefined) => void = () => undefined;
  let next = new Promise<string | undefined>((resolve) => (take = resolve));
  let dealtWith: () => void = () => undefined;
  const pickup: Pickup = {
    async *items(signal) {
      for (;;) {
        const name = await next;
        next = new Promise((resolve) => (take = resolve));
        if (name === undefined) return;
        const path = join(base, "from", name);
        await writeFile(path, CONTENT);
        yield* createFilePickup({ path, commit: "rename" }).items(signal);
      }
    },
    close: () => undefined,
  };
  await mkdir(join(base, "from"));
  const uploader = createUploader({
    pickup,
    destination,
    stateDirectory: join(base, "state"),
    concurrency: 1,
    retryMs: 1,
    maxRetryMs: 2,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === "delivered" || event.kind === "aside") dealtWith();
    },
  });
  onTestFinished(async () => {
    await uploader.close();
    await rm(base, { recursive: true, force: true });
  });
  return {
    uploader,
    events,
    async offer(name) {
      const end = new Promise<void>((resolve) => (dealtWith = resolve));
      take(name);
      if (name !== undefined) await end;
    },
  };
}

interface Source {
  readonly uploader: Uploader;
  readonly events: HandoffEvent[];
  readonly path: (name: string) => string;
}

/** An uploader of a folder, which deletes what it has delivered. Closed with the test. */
async function uploaderTo(
  destination: Destination,
  names: readonly string[],
  more: Partial<UploaderOptions> = {},
): Promise<Source> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-faults-"));
  const from = join(base, "from");
  await mkdir(from);
  for (const name of names) await writeFile(join(from, name), CONTENT);
  const events: HandoffEvent[] = [];
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true, after: "delete" }),
    destination,
    stateDirectory: join(base, "state"),
    concurrency: 1,
    retryMs: 1,
    maxRetryMs: 2,
    onEvent: (event) => events.push(event),
    ...more,
  });
  onTestFinished(async () => {
    await uploader.close();
    await rm(base, { recursive: true, force: true });
  });
  return { uploader, events, path: (name) => join(from, name) };
}

// The record's rename is the first, the manifest's the second.
test.each(["cut", "lose", { status: 4 }] as const)(
  "publish: marker, and %j at the marker: it is not delivered before its marker stands there",
  async (fault) => {
    const { destination, fixture } = await createScene({ publish: "marker" });
    const { uploader, events, path } = await uploaderTo(destination, ["a.bin"]);
    await uploader.start();
    faultAt(fixture, 3, fault, /^posix-rename/);
    await uploader.run(AbortSignal.timeout(20_000));
    expect(events).toContainEqual(expect.objectContaining({ kind: "delivered", name: "a.bin" }));
    expect(existsSync(join(fixture.path, "a.bin.ready"))).toBe(true);
    expect(CONTENT.equals((await fixture.read("a.bin")) ?? Buffer.alloc(0))).toBe(true);
    expect(existsSync(path("a.bin"))).toBe(false);
    expect(await readdir(fixture.staging)).toEqual([]);
  },
);

test("linear: what the server could not make durable is not delivered, however whole it looks", async () => {
  const { destination, fixture } = await createScene({ publish: "linear" });
  const { uploader, events } = await uploaderTo(destination, ["a.bin"]);
  await uploader.start();
  // Of the record, of what came before the last byte, of the manifest; then of the whole.
  const synced: number[] = [];
  let syncs = 0;
  fixture.server.fault = (request) => {
    if (!request.startsWith("fsync")) return undefined;
    synced.push(++syncs);
    return events.every(({ kind }) => kind !== "retry") && isWhole(fixture) ? { status: 4 } : undefined;
  };
  await uploader.run(AbortSignal.timeout(20_000));
  expect(events.filter(({ kind }) => kind === "retry")).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ kind: "delivered", outcome: "published" });
  expect(synced.length).toBeGreaterThan(4);
});

test("linear: a record that was left tells of nothing that comes under its name later", async () => {
  const { destination, fixture } = await createScene({ publish: "linear" });
  await destination.start();
  const first = await prepare(destination, "a.bin", CONTENT, { size: CONTENT.length });
  faultAt(fixture, 1, "lose", /^write/);
  await expect(first.publish(manifestFor("a.bin", CONTENT))).rejects.toMatchObject({ name: "RetryableError" });
  await expect(first.abort()).rejects.toMatchObject({ name: "RetryableError" });
  fixture.server.fault = () => undefined;
  await unlink(join(fixture.path, "a.bin")); // taken by who it was for
  const longer = contentOf(200_000);
  const second = await prepare(destination, "a.bin", longer, { size: longer.length });
  await second.publish(manifestFor("a.bin", longer));
  await destination.reap("tester");
  expect(longer.equals((await fixture.read("a.bin")) ?? Buffer.alloc(0))).toBe(true);
  expect(await readdir(fixture.staging)).toEqual([]);
});

// By the numbers of requests from the first that a delivery makes; a cut before one is a lost answer to the one before.
test.each([
  ["atomic", "cut"],
  ["atomic", "lose"],
  ["linear", "lose"],
  ["marker", "lose"],
] as const)(
  "publish: %s, and the connection %s at every request of an uploader: whole, published once, and nothing is left",
  async (publish, fault) => {
    const { destination, fixture } = await createScene({ publish, windowBytes: 65_536 });
    const { uploader, events, offer } = await uploaderByTurns(destination);
    await uploader.start();
    const running = uploader.run(AbortSignal.timeout(60_000));
    await offer("first.bin");
    const from = fixture.server.requests.length;
    await offer("counted.bin");
    const requests = fixture.server.requests.slice(from);
    // Between the file's creation and its record nobody could know whose it is: see the README.
    const first = publish === "atomic" ? 1 : requests.lastIndexOf("mkdir") + requests.indexOf("fsetstat") + 10;
    const names: string[] = [];
    for (let due = first; due <= requests.length; due += publish === "atomic" ? 4 : 6) {
      const name = `at-${due}.bin`;
      faultAt(fixture, due, fault);
      names.push(name);
      await offer(name);
      fixture.server.fault = () => undefined;
      expect(CONTENT.equals((await fixture.read(name)) ?? Buffer.alloc(0)), name).toBe(true);
      if (publish === "marker") expect(existsSync(join(fixture.path, `${name}.ready`)), name).toBe(true);
      expect(events.filter((event) => event.kind === "delivered" && event.name === name)).toHaveLength(1);
    }
    await offer("last.bin"); // takes away what the one before could not
    await offer(undefined);
    await running;
    expect(names.length).toBeGreaterThan(5);
    expect(await readdir(fixture.staging)).toEqual([]);
    expect(uploader.counts).toMatchObject({ delivered: names.length + 3, aside: 0, changed: 0 });
  },
);

test("a login that is refused in the middle is the destination's trouble: no file is set aside for it, and one at a time tries", async () => {
  const base = await mkdtemp(join(tmpdir(), "plumbline-faults-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const key = join(base, "key");
  await writeFile(key, USER_KEY.private);
  const { destination, fixture } = await createScene({ privateKeyFile: key, password: undefined });
  const { uploader, events } = await uploaderTo(destination, ["a.bin", "b.bin"], { attempts: 2 });
  await uploader.start();
  await writeFile(key, createKeyPair().private);
  fixture.server.cut();
  const broken: boolean[] = [];
  let logins = 0;
  fixture.server.onLogin = () => {
    logins += 1;
    if (logins === 16) writeFileSync(key, USER_KEY.private);
    broken.push(uploader.isBroken);
  };
  await uploader.run(AbortSignal.timeout(20_000));
  expect(uploader.counts).toMatchObject({ delivered: 2, aside: 0 });
  const retries = events.filter((event) => event.kind === "retry" && event.code === "PLB_SFTP_AUTH_REFUSED");
  expect(retries.length).toBeGreaterThan(5);
  expect(retries.at(0)).toMatchObject({ message: expect.stringContaining("refused to let the user in") as string });
  expect(broken.at(-1)).toBe(true);
});

test("a quota that is used up, and told of by no more than a failure, costs no file its attempts", async () => {
  const { destination, fixture } = await createScene();
  const { uploader } = await uploaderTo(destination, ["a.bin"], { attempts: 2 });
  await uploader.start();
  let refusals = 0;
  fixture.server.fault = (request) => {
    const isDue = request === (refusals < 4 ? "write" : "open") && refusals < 8;
    return isDue && ++refusals > 0 ? { status: 4, message: "Failure" } : undefined;
  };
  await uploader.run(AbortSignal.timeout(20_000));
  expect(refusals).toBe(8);
  expect(uploader.counts).toMatchObject({ delivered: 1, aside: 0 });
});

function isWhole(fixture: SftpFixture): boolean {
  return statSync(join(fixture.path, "a.bin"), { throwIfNoEntry: false })?.size === CONTENT.length;
}
