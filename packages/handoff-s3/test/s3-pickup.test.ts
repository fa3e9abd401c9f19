import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pickup, PickupItem } from "@plumbline/core";
import { createUploader } from "@plumbline/handoff";
import { digest, refuse, S3StandIn } from "@plumbline/stand-ins";
import { createTestContext } from "@plumbline/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createS3Destination, createS3Pickup, s3Pickup, type S3PickupOptions } from "../src/index.ts";
import { createInstantClock } from "./instant-clock.ts";
import { createGate } from "./s3-scene.ts";

const CONTENT = Buffer.alloc(300_000, "an object of some length ");

let open: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open) await close();
  open = [];
});

test("takes what stands below the prefix, page by page, each until it changes once", async () => {
  const { server, pickup } = await start();
  const names = ["a.bin", "b/c.bin", "na\u00EFve & \u{1F4E6}.bin", "one more.bin", "x.bin", "y.bin"];
  for (const name of names) server.put(`in/${name}`, CONTENT);
  for (const key of ["elsewhere.bin", "in/", "in/folder/", "in/.plumbline-handoff/manifests/x.json"])
    server.put(key, CONTENT);
  const found = await take(
    pickup,
    names.length,
    async (items) => {
      if (items.length < names.length) return;
      server.put("in/b/c.bin", Buffer.from("another"));
    },
    1,
  );
  expect(
    found
      .slice(0, -1)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(names.toSorted());
  expect(found.at(-1)).toMatchObject({ name: "b/c.bin", size: 7, guarantee: "committed" });
  expect(new Set(found.map(({ key }) => key)).size).toBe(names.length + 1);
});

test("with a marker, takes only what has one, and says so", async () => {
  const { server, pickup } = await start({ marker: ".done" });
  for (const key of ["in/a.bin", "in/b.bin", "in/c.bin", "in/c.bin-2", "in/c.bin-3", "in/c.bin.done"])
    server.put(key, CONTENT);
  const [item, ...rest] = await take(pickup, 1);
  expect(rest).toEqual([]);
  expect(item).toMatchObject({ name: "c.bin" });
  expect(item?.evidence[0]).toContain("in/c.bin.done stands beside it");
});

test("a listing that fails in passing is made again, and nothing is taken twice", async () => {
  const { server, pickup } = await start({ attempts: 1 });
  for (let index = 0; index < 6; index++) server.put(`in/${index}.bin`, CONTENT);
  let listings = 0;
  server.fault = ({ operation }) => (operation === "ListObjects" && ++listings % 3 === 2 ? "reset" : undefined);
  const found = await take(
    pickup,
    6,
    async (items) => {
      if (items.length === 6) server.put("in/6.bin", CONTENT);
    },
    1,
  );
  expect(found.map(({ name }) => name)).toEqual(["0.bin", "1.bin", "2.bin", "3.bin", "4.bin", "5.bin", "6.bin"]);
});

test("with once, it ends when everything that is listed now was given out", async () => {
  const { server, pickup } = await start({ once: true, attempts: 1 });
  for (let index = 0; index < 6; index++) server.put(`in/${index}.bin`, CONTENT);
  server.failNext("ListObjects", "reset"); // a listing that fails is none
  const names: string[] = [];
  for await (const { name } of pickup.items(new AbortController().signal)) names.push(name);
  expect(names).toEqual(["0.bin", "1.bin", "2.bin", "3.bin", "4.bin", "5.bin"]);
});

test("an address stands for bucket, prefix and endpoint", async () => {
  const url = "s3://far-side/out?endpoint=http://127.0.0.1:9000";
  expect(await s3Pickup.options?.["~standard"].validate({ url, once: true })).toMatchObject({
    value: { bucket: "far-side", prefix: "out/", endpoint: "http://127.0.0.1:9000", once: true, after: "keep" },
  });
  expect(await s3Pickup.options?.["~standard"].validate({ url, once: "yes" })).toMatchObject({
    issues: [{ path: ["once"] }],
  });
});

test("a refused listing rejects", async () => {
  const { pickup } = await start({ accessKeyId: "nobody" });
  await expect(take(pickup, 1)).rejects.toMatchObject({ code: "PLB_S3_REFUSED" });
});

test("an object that was deleted when it was read, and put again as it was, is given out again", async () => {
  const { server, pickup } = await start();
  server.put("in/a.bin", CONTENT);
  const found = await take(
    pickup,
    1,
    async ([first, second]) => {
      if (first === undefined || second !== undefined) return;
      server.objects.delete("in/a.bin");
      await expect(contentOf(first)).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
      first.changed?.();
      server.put("in/a.bin", CONTENT);
    },
    1,
  );
  expect(new Set(found.map(({ key }) => key)).size).toBe(1);
  expect((await contentOf(found[1] as PickupItem)).equals(CONTENT)).toBe(true);
});

test("an uploader takes from one prefix and publishes under another, whole, and deletes what it took", async () => {
  const { server, pickup, place } = await start({ after: "delete" });
  const names = ["a.bin", "b/c.bin", "empty.bin"];
  for (const name of names) server.put(`in/${name}`, name === "empty.bin" ? Buffer.alloc(0) : CONTENT);
  let reads = 0;
  server.fault = ({ operation }) => (operation === "GetObject" && ++reads % 2 === 1 ? "cut-body" : undefined);
  const destination = createS3Destination({ bucket: "", ...place, prefix: "out/", partBytes: 64 * 1024 });
  const stateDirectory = await mkdtemp(join(tmpdir(), "plumbline-handoff-s3-"));
  const stop = new AbortController();
  let delivered = 0;
  const uploader = createUploader({
    pickup,
    destination,
    stateDirectory,
    onEvent: ({ kind }) => {
      if (kind === "delivered" && ++delivered === names.length) stop.abort();
    },
  });
  open.unshift(() => rm(stateDirectory, { recursive: true, force: true }));
  await uploader.start();
  await uploader.run(stop.signal);
  await uploader.close();
  for (const name of names) {
    expect(server.objects.get(`out/${name}`)?.bytes.equals(name === "empty.bin" ? Buffer.alloc(0) : CONTENT)).toBe(
      true,
    );
  }
  expect([...server.objects.keys()].filter((key) => key.startsWith("in/"))).toEqual([]);
  expect(server.uploads.size).toBe(0);
});

describe("read", () => {
  test("gives the content, linearly, in one request", async () => {
    const { server, item } = await startWith(CONTENT);
    expect((await contentOf(item)).equals(CONTENT)).toBe(true);
    expect(server.requests.filter(({ operation }) => operation === "GetObject")).toHaveLength(1);
    await item.recheck();
  });

  test("goes on where a connection broke, with the same content", async () => {
    const { server, item } = await startWith(CONTENT);
    server.failNext("GetObject", "cut-body", 3);
    expect((await contentOf(item)).equals(CONTENT)).toBe(true);
    expect(
      server.requests.filter(({ operation }) => operation === "GetObject").map(({ headers }) => headers["if-match"]),
    ).toEqual(Array(4).fill(server.objects.get("in/a.bin")?.etag));
  });

  test("an overwrite before or while it is read is a changed source", async () => {
    const { server, item } = await startWith(CONTENT);
    server.fault = () => {
      server.put("in/a.bin", Buffer.alloc(CONTENT.length, "x"));
      server.fault = undefined;
      return "cut-body"; // the answer is made after this, of the new content: refused by If-Match
    };
    await expect(contentOf(item)).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
    const again = await startWith(CONTENT);
    again.server.failNext("GetObject", "cut-body");
    const reading = again.item.read(new AbortController().signal)[Symbol.asyncIterator]();
    await reading.next();
    again.server.put("in/a.bin", Buffer.alloc(CONTENT.length, "x"));
    await expect(drain(reading)).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
    await expect(again.item.recheck()).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
  });

  test("a deleted object is a changed source", async () => {
    const { server, item } = await startWith(CONTENT);
    server.objects.delete("in/a.bin");
    await expect(contentOf(item)).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
    await expect(item.recheck()).rejects.toMatchObject({ code: "PLB_HANDOFF_SOURCE_CHANGED" });
  });

  test("a bit that flips on the way is found by the server's checksum", async () => {
    const { server, item } = await startWith(CONTENT);
    const kept = server.objects.get("in/a.bin");
    if (kept === undefined) throw new Error("it is not there");
    const flipped = Buffer.from(CONTENT);
    flipped[5] = (flipped[5] ?? 0) ^ 1;
    server.objects.set("in/a.bin", { ...kept, bytes: flipped, checksums: { sha256: digest("sha256", CONTENT) } });
    await expect(contentOf(item)).rejects.toMatchObject({ code: "PLB_HANDOFF_MISMATCH" });
  });

  test("zero bytes are an object too", async () => {
    const { item } = await startWith(Buffer.alloc(0));
    expect(await contentOf(item)).toHaveLength(0);
  });
});

describe("settle", () => {
  test("deletes what was delivered and its marker, once, and not what has come in its place", async () => {
    const { server, item } = await startWith(CONTENT, { after: "delete", marker: ".done" });
    const stale = await startWith(CONTENT, { after: "delete" });
    stale.server.put("in/a.bin", Buffer.from("new"));
    await stale.item.settle();
    expect([...stale.server.objects.keys()]).toEqual(["in/a.bin"]);
    await item.settle();
    await item.settle();
    expect(server.objects.size).toBe(0);
  });

  test("takes the marker away before the object: of the two, the marker alone is never left", async () => {
    const { server, item, pickup } = await startWith(CONTENT, { after: "delete", marker: ".done", once: true });
    server.fault = ({ operation, key }) =>
      // as if it were killed there
      operation === "DeleteObject" && key === "in/a.bin" ? refuse(403, "AccessDenied") : undefined;
    await expect(item.settle()).rejects.toMatchObject({ code: "PLB_S3_REFUSED" });
    expect([...server.objects.keys()]).toEqual(["in/a.bin"]);
    server.put("in/a.bin", Buffer.from("the next day's, which is not committed yet"));
    expect(await sizesOf(pickup)).toEqual([]);
  });

  test.each([
    ["it is looked at", "HeadObject"],
    ["it is deleted", "DeleteObject"],
  ] as const)(
    "leaves the marker of what has come in its place before %s, which is then picked up",
    async (_when, operation) => {
      const { server, item, pickup } = await startWith(CONTENT, { after: "delete", marker: ".done", once: true });
      server.fault = (request) => {
        if (request.operation !== operation || request.key !== "in/a.bin") return undefined;
        server.put("in/a.bin", Buffer.from("new"));
        server.put("in/a.bin.done", Buffer.alloc(0));
        return undefined;
      };
      await item.settle();
      expect([...server.objects.keys()].toSorted()).toEqual(["in/a.bin", "in/a.bin.done"]);
      expect(await sizesOf(pickup)).toEqual([3]);
    },
  );

  test.each(["in/a.bin", "in/a.bin.done"])(
    "takes both away where the answer to the deletion of %s was lost",
    async (lost) => {
      const { server, item } = await startWith(CONTENT, { after: "delete", marker: ".done" });
      let isDue = true;
      server.fault = ({ operation, key }) => {
        if (operation !== "DeleteObject" || key !== lost || !isDue) return undefined;
        isDue = false;
        return "drop-answer";
      };
      await item.settle();
      expect(isDue).toBe(false);
      expect([...server.objects.keys()]).toEqual([]);
    },
  );

  test("takes the marker away where somebody else deleted the object", async () => {
    const { server, item } = await startWith(CONTENT, { after: "delete", marker: ".done" });
    server.objects.delete("in/a.bin");
    await item.settle();
    expect([...server.objects.keys()]).toEqual([]);
  });

  test("keeps it where nothing else is asked for", async () => {
    const { server, item } = await startWith(CONTENT);
    await item.settle();
    expect(server.objects.size).toBe(1);
  });
});

test.each(["settle", "recheck"] as const)("%s ends at the deadline of closing though nobody answers", async (step) => {
  const deadline = new AbortController();
  const { server, item } = await startWith(CONTENT, { after: "delete" }, deadline.signal);
  const asked = createGate();
  server.fault = async () => {
    asked.open();
    return new Promise(() => undefined);
  };
  const ended = item[step]();
  await asked.opened;
  deadline.abort();
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
});

test("an invalid option is refused with its name", async () => {
  const schema = s3Pickup.options;
  const check = async (options: unknown): Promise<unknown> => schema?.["~standard"].validate(options);
  expect(await check({ bucket: "far-side" })).toMatchObject({ value: { pollMs: 10_000, after: "keep" } });
  expect(await check({ bucket: "far-side", pollMs: 1 })).toMatchObject({ issues: [{ path: ["pollMs"] }] });
  for (const [given, missing] of [
    [{ accessKeyId: "somebody" }, ["secretAccessKey"]],
    [{ secretAccessKey: "some".repeat(2) }, ["accessKeyId"]],
    [{ sessionToken: "some".repeat(2) }, ["accessKeyId", "secretAccessKey"]],
  ] as const) {
    expect(await check({ bucket: "far-side", ...given })).toMatchObject({
      issues: missing.map((name) => ({ path: [name] })),
    });
  }
  expect(s3Pickup.create({ ...(await valid()) }, createTestContext())).toBeTruthy();
});

async function valid(): Promise<S3PickupOptions> {
  const result = await s3Pickup.options?.["~standard"].validate({ bucket: "far-side", region: "us-east-1" });
  if (result === undefined || result.issues !== undefined) throw new Error("refused");
  return result.value;
}

async function start(
  options: Partial<S3PickupOptions> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{
  server: S3StandIn;
  pickup: Pickup;
  place: Readonly<Record<string, unknown>>;
}> {
  const server = new S3StandIn();
  const place = await server.listen();
  const pickup = createS3Pickup(
    { bucket: "", ...place, prefix: "in/", ...options },
    { clock: createInstantClock(), signal },
  );
  open.push(
    () => pickup.close(),
    () => server.close(),
  );
  return { server, pickup, place };
}

async function startWith(
  content: Buffer,
  options: Partial<S3PickupOptions> = {},
  signal?: AbortSignal,
): Promise<{ server: S3StandIn; item: PickupItem; pickup: Pickup }> {
  const { server, pickup } = await start(options, signal);
  server.put("in/a.bin", content);
  if (options.marker !== undefined) server.put(`in/a.bin${options.marker}`, Buffer.alloc(0));
  const [item] = await take(pickup, 1);
  if (item === undefined) throw new Error("nothing was picked up");
  server.requests.length = 0;
  return { server, item, pickup };
}

/** So many items, and then `more` that come of what is done then. */
async function take(
  pickup: Pickup,
  count: number,
  then: (items: readonly PickupItem[]) => Promise<void> = async () => undefined,
  more = 0,
): Promise<readonly PickupItem[]> {
  const stop = new AbortController();
  const items: PickupItem[] = [];
  for await (const item of pickup.items(stop.signal)) {
    items.push(item);
    await then(items);
    if (items.length === count + more) stop.abort();
  }
  return items;
}

/** The sizes of all that is there. */
async function sizesOf(pickup: Pickup): Promise<readonly (number | undefined)[]> {
  const sizes: (number | undefined)[] = [];
  for await (const { size } of pickup.items(new AbortController().signal)) sizes.push(size);
  return sizes;
}

async function contentOf(item: PickupItem): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of item.read(new AbortController().signal)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

async function drain(reading: AsyncIterator<Uint8Array>): Promise<void> {
  while ((await reading.next()).done !== true);
}
