import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createSystemClock, type Destination, LineRecord, RetryableError } from "@plumbline/core";
import { createFileSink, type FileSink, type FileSinkOptions } from "@plumbline/file";
import { formatHoldName } from "@plumbline/jsonl";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createDirectoryDestination, createJournalPickup, createUploader, type Uploader } from "../src/index.ts";
import { createScene, type Scene, wrapDeliveries } from "./scene.ts";

const SEALED = /^shop\.[^.]+\.jsonl(\.gz)?$/;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

async function openJournal(rotate: FileSinkOptions["rotate"], name = "shop.jsonl"): Promise<FileSink> {
  const journal = createFileSink({ path: join(scene.from, name), lines: "journal", ...(rotate && { rotate }) });
  await journal.start();
  return journal;
}

async function append(journal: FileSink, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) {
    const micros = Date.UTC(2026, 10, 20) * 1000 + n;
    const time = "2026-11-20T00:00:00.000000Z";
    const rest = JSON.stringify({ time, severity: "INFO", name: "test", attributes: { n } }).slice(1);
    journal.append(new LineRecord(rest, rest.length + 1, micros, 0, 9, "test", "logs"));
  }
  await journal.flush();
}

function uploaderOf(
  once: boolean,
  onDelivered: (name: string) => void = () => undefined,
  destination: Destination = createDirectoryDestination({ path: scene.to }),
): Uploader {
  return createUploader({
    retryMs: 1,
    pickup: createJournalPickup({ path: join(scene.from, "shop.jsonl"), once, pollMs: 20 }),
    destination,
    stateDirectory: scene.state,
    clock: createSystemClock(),
    onEvent: (event) => {
      if (event.kind === "delivered") onDelivered(event.name);
      scene.events.push(event);
    },
  });
}

async function run(uploader: Uploader, signal: AbortSignal): Promise<void> {
  await uploader.start();
  await uploader.run(signal);
  await uploader.close();
}

/** In the order of their lines. */
async function sealedIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => SEALED.test(name));
  return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** The `n` of every line in these files, in their order. */
async function numbersIn(folder: string, names: readonly string[]): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    for (const line of text.split("\n").slice(0, -1)) {
      const { attributes } = JSON.parse(line) as { attributes?: { n?: number } };
      if (attributes?.n !== undefined) numbers.push(attributes.n);
    }
  }
  return numbers;
}

test.each(["none", "gzip"] as const)(
  "a live journal's segments are handed on as they are sealed, whole and in order, and its active file never (compress: %s)",
  async (compress) => {
    const journal = await openJournal({ maxBytes: 2000, keep: 1000, compress });
    const stop = new AbortController();
    const delivered: string[] = [];
    const running = run(
      uploaderOf(false, (name) => delivered.push(name)),
      stop.signal,
    );
    for (let n = 1; n <= 400; n += 20) await append(journal, n, n + 19);
    await vi.waitFor(() => expect(delivered.length).toBeGreaterThan(3), { timeout: 10_000 });
    await journal.close();
    stop.abort();
    await running;
    await run(uploaderOf(true), new AbortController().signal); // what was sealed last
    const sealed = await sealedIn(scene.from);
    expect(sealed.length).toBeGreaterThan(10);
    expect(await sealedIn(scene.to)).toEqual(sealed);
    expect(scene.events.flatMap((event) => (event.kind === "delivered" ? [event.name] : []))).toEqual(sealed);
    expect((await scene.arrived()).length).toBe(sealed.length);
    for (const name of sealed)
      expect(await readFile(join(scene.to, name))).toEqual(await readFile(join(scene.from, name)));
    const numbers = await numbersIn(scene.to, sealed);
    expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
    expect(numbers.length + (await numbersIn(scene.from, ["shop.jsonl"])).length).toBe(400);
    const guarantees = scene.events.flatMap((event) => (event.kind === "delivered" ? [event.guarantee] : []));
    expect(new Set(guarantees)).toEqual(new Set(["committed"]));
  },
);

/** Segments that are sealed already. */
async function sealSome(): Promise<readonly string[]> {
  const journal = await openJournal({ maxBytes: 2000, keep: 1000, compress: "none" });
  for (let n = 1; n <= 120; n += 20) await append(journal, n, n + 19);
  await vi.waitFor(async () => expect((await sealedIn(scene.from)).length).toBeGreaterThan(3), { timeout: 10_000 });
  await journal.close();
  return sealedIn(scene.from);
}

test("a segment that has to be tried again is not passed by those behind it", async () => {
  const sealed = await sealSome();
  let failures = 2;
  const delivered: string[] = [];
  const destination = wrapDeliveries(createDirectoryDestination({ path: scene.to }), (staged, { name }) => ({
    verify: async (expected) => {
      if (name === sealed[1] && failures-- > 0) throw new RetryableError("the line is dead");
      return staged.verify(expected);
    },
  }));
  const uploader = uploaderOf(true, (name) => delivered.push(name), destination);
  await run(uploader, AbortSignal.timeout(20_000));
  expect(delivered).toEqual(sealed);
  expect(uploader.counts).toMatchObject({ retries: 2, aside: 0 });
});

test("a segment that is set aside holds up those behind it, and that is told; a later run goes on with it", async () => {
  const sealed = await sealSome();
  await mkdir(scene.to);
  await writeFile(join(scene.to, sealed[1] ?? ""), "theirs");
  const delivered: string[] = [];
  const first = uploaderOf(true, (name) => delivered.push(name));
  await run(first, AbortSignal.timeout(20_000));
  expect(delivered).toEqual(sealed.slice(0, 1));
  expect(first.heldUpBy).toBe(sealed[1]);
  expect(scene.events).toContainEqual(
    expect.objectContaining({
      kind: "aside",
      name: sealed[1],
      isHolding: true,
      message: expect.stringContaining("Those behind it wait"),
    }),
  );
  await rm(join(scene.to, sealed[1] ?? ""));
  const second = uploaderOf(true, (name) => delivered.push(name));
  await run(second, AbortSignal.timeout(20_000));
  expect(delivered).toEqual(sealed);
  expect(second.heldUpBy).toBeUndefined();
});

test("what is delivered and cannot be moved stays, is told, and holds up nobody", async () => {
  const sealed = await sealSome();
  const archive = join(scene.from, "..", "archive");
  await writeFile(archive, "no folder");
  const pickup = createJournalPickup({ path: join(scene.from, "shop.jsonl"), once: true, after: "move", archive });
  const { counts } = await scene.once({ pickup });
  expect(counts).toMatchObject({ delivered: sealed.length, aside: 0 });
  expect(scene.events.filter(({ kind }) => kind === "unsettled").map(({ name }) => name)).toEqual(sealed);
  expect(await sealedIn(scene.from)).toEqual(sealed);
});

test("a sealed segment whose permissions change while it is read is given out again", async () => {
  const sealed = await sealSome();
  const delivered: string[] = [];
  let changes = 1;
  const destination = wrapDeliveries(createDirectoryDestination({ path: scene.to }), (staged, { name }) => ({
    write: async (chunk) => {
      await staged.write(chunk);
      if (name === sealed[1] && changes-- > 0) await chmod(join(scene.from, name), 0o640);
    },
  }));
  const uploader = uploaderOf(true, (name) => delivered.push(name), destination);
  await run(uploader, AbortSignal.timeout(20_000));
  expect(uploader.counts).toMatchObject({ changed: 1, aside: 0 });
  expect(delivered).toEqual(sealed);
});

test("where its retention cannot be told, the hand-off goes on, and that is said once", async () => {
  const sealed = await sealSome();
  await mkdir(join(scene.from, `${formatHoldName("shop", "handoff")}.tmp`)); // stands where the hold is written
  const told: string[] = [];
  const pickup = createJournalPickup({
    path: join(scene.from, "shop.jsonl"),
    once: true,
    onTrouble: (path) => told.push(path),
  });
  const { counts } = await scene.once({ pickup });
  expect(counts).toMatchObject({ delivered: sealed.length, aside: 0 });
  expect(told).toEqual([scene.from]);
});

test("retention keeps what has not been delivered, and removes it when it has", async () => {
  const journal = await openJournal({ maxBytes: 2000, keep: 1, compress: "none" });
  await append(journal, 1, 20);
  // Looks once, and so tells that it wants what comes, without taking any of it.
  const pickup = createJournalPickup({ path: join(scene.from, "shop.jsonl"), once: true });
  for await (const _item of pickup.items(new AbortController().signal)) break;
  await pickup.close();
  for (let n = 21; n <= 120; n += 20) await append(journal, n, n + 19);
  await vi.waitFor(async () => expect((await sealedIn(scene.from)).length).toBeGreaterThan(3), { timeout: 10_000 });
  const before = await sealedIn(scene.from);
  expect((await numbersIn(scene.from, before))[0]).toBe(1);
  await run(uploaderOf(true), new AbortController().signal);
  for (let n = 121; n <= 300; n += 20) await append(journal, n, n + 19);
  await vi.waitFor(async () => expect(await sealedIn(scene.from)).not.toContain(before[0]), { timeout: 10_000 });
  await journal.close();
  expect((await numbersIn(scene.to, await sealedIn(scene.to)))[0]).toBe(1);
});

test("the slots of other processes are handed on too, those that come later as well, each in its own order and past what holds up another", async () => {
  const slots: FileSink[] = [];
  const rotate = { maxBytes: 1000, keep: 1000, compress: "none" } as const;
  const isOf = (slot: number, name: string): boolean =>
    (slot === 1 ? /^shop\.[^.]+-\d+\.jsonl$/ : new RegExp(`^shop\\.slot${slot}\\.[^.]+-\\d+\\.jsonl$`)).test(name);
  // As other processes would: one process shares one.
  const fill = async (): Promise<void> => {
    const slot = slots.length + 1;
    const journal = await openJournal(rotate, slot === 1 ? "shop.jsonl" : `shop.slot${slot}.jsonl`);
    slots.push(journal);
    for (let n = 1; n <= 40; n += 10) await append(journal, n, n + 9);
  };
  await fill();
  await fill();
  const stop = new AbortController();
  const delivered: string[] = [];
  const inner = createDirectoryDestination({ path: scene.to });
  // The first slot's segments are never taken over there.
  const destination = wrapDeliveries(inner, (_staged, { name }) =>
    isOf(1, name) ? { publish: () => Promise.reject(new RetryableError("not this one")) } : {},
  );
  const uploader = createUploader({
    retryMs: 1,
    maxRetryMs: 20,
    breakerFailures: 1_000_000,
    pickup: createJournalPickup({ path: join(scene.from, "shop.jsonl"), slots: true, pollMs: 20 }),
    destination,
    stateDirectory: scene.state,
    onEvent: (event) => void (event.kind === "delivered" && delivered.push(event.name)),
  });
  const running = run(uploader, stop.signal);
  await vi.waitFor(() => expect(delivered.length).toBeGreaterThan(1), { timeout: 10_000 });
  await fill();
  const sealedOf = async (slot: number): Promise<readonly string[]> =>
    (await readdir(scene.from))
      .filter((name) => isOf(slot, name))
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  await vi.waitFor(
    async () => {
      for (const slot of [2, 3]) {
        const sealed = await sealedOf(slot);
        expect(sealed.length).toBeGreaterThan(2);
        expect(delivered.filter((name) => isOf(slot, name))).toEqual(sealed);
      }
    },
    { timeout: 10_000 },
  );
  expect(delivered.filter((name) => isOf(1, name))).toEqual([]);
  stop.abort();
  await running;
  for (const slot of slots) await slot.close();
  const pickup = createJournalPickup({ path: join(scene.from, "shop.jsonl"), slots: true, once: true });
  await scene.once({ pickup });
  for (const slot of [1, 2, 3]) {
    const sealed = await sealedOf(slot);
    expect((await scene.arrived()).filter((name) => isOf(slot, name)).toSorted()).toEqual(sealed.toSorted());
  }
});

test("who takes a file of the slots and asks for no more is not kept waiting for what the slots have", async () => {
  const journal = await openJournal({ maxBytes: 1000, keep: 1000, compress: "none" });
  for (let n = 1; n <= 40; n += 10) await append(journal, n, n + 9);
  await journal.close();
  const pickup = createJournalPickup({ path: join(scene.from, "shop.jsonl"), slots: true, pollMs: 20 });
  const names: string[] = [];
  for await (const { name } of pickup.items(new AbortController().signal)) {
    names.push(name);
    break;
  }
  await pickup.close();
  expect(names).toHaveLength(1);
});
