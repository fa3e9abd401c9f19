import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createFakeClock, createFaultyDisk, createRandom, type FakeClock, type FaultyDisk } from "@plumbline/testing";
import { journalLocation, listSegments } from "@plumbline/jsonl";
import { describe, expect, test } from "vitest";
import {
  createFileSink,
  createNodeFileDriver,
  type FileDriver,
  type FileSink,
  type FileSinkOptions,
} from "../src/index.ts";
import {
  codeOf,
  createForgetfulDevice,
  exit,
  expectBalanced,
  expectUpTo,
  holdFirst,
  makeLine,
  promptDriver,
  readIndexes,
  readLinesOf,
  temporaryDirectory,
  upTo,
  verify,
} from "./scene.ts";

interface Scene {
  readonly path: string;
  readonly disk: FaultyDisk<FileDriver>;
  readonly clock: FakeClock;
  readonly sink: FileSink;
  readonly said: string[];
}

async function openScene(options: Partial<FileSinkOptions> = {}, real = createNodeFileDriver()): Promise<Scene> {
  const path = join(temporaryDirectory(), "c.jsonl");
  const disk = createFaultyDisk(real);
  const clock = createFakeClock();
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const diagnostics = { info: say, warn: say, error: say };
  const sink = createFileSink({ path, driver: disk.driver, clock, diagnostics, random: createRandom(1), ...options });
  await sink.start();
  return { path, disk, clock, sink, said };
}

/** Lets the event loop turn, and time pass where a clock is given, until something has come about. */
async function until(condition: () => boolean, clock?: FakeClock): Promise<void> {
  while (!condition()) {
    await clock?.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What kept lines, as the records in the file say. */
async function lossCauses(path: string): Promise<readonly unknown[]> {
  const records = (await readLinesOf(path)).map(
    (line) => JSON.parse(line) as { name: string; attributes: Record<string, unknown> },
  );
  return records
    .filter(({ name }) => name === "plumbline.lines.dropped")
    .map(({ attributes }) => attributes["plumbline.dropped.cause"]);
}

describe("a write that was cut", () => {
  test.each([1, 7, 100, 4095])("to %i bytes is completed", async (bytes) => {
    const { path, disk, sink } = await openScene();
    disk.cutWrites(bytes, 40);
    for (let index = 0; index < 200; index++) sink.append(makeLine(index, "é"));
    await sink.close();
    expectUpTo(await readIndexes(path), 200);
    expect((await verify(path)).ok).toBe(true);
  });

  test.each(["ENOSPC", "EDQUOT", "EIO", "EFBIG", "EINTR", "EAGAIN"])(
    "by %s leaves whole lines alone in the file, and goes on by itself",
    async (code) => {
      const { path, disk, clock, sink } = await openScene();
      disk.cutWrites(1000);
      disk.fail({ operation: "write", code, after: 1, times: 3 });
      for (let index = 0; index < 50; index++) sink.append(makeLine(index));
      await until(() => sink.report().file?.trouble !== undefined);
      const there = readFileSync(path, "utf8");
      expect(there.endsWith("\n")).toBe(true);
      expect(there.length).toBeGreaterThan(500);
      expect(there.length).toBeLessThanOrEqual(1000);
      expectBalanced(sink.report());
      expect(sink.report()).toMatchObject({ delivered: there.split("\n").length - 1 });
      await until(() => sink.report().delivered === 50, clock);
      await sink.close();
      expectUpTo(await readIndexes(path), 50);
      expect((await verify(path)).ok).toBe(true);
    },
  );

  test.each([1, 2, 3])("on a disk that fails to cut it back %i times is no half line for long", async (times) => {
    const { path, disk, clock, sink } = await openScene();
    disk.cutWrites(333);
    disk.fail(
      { operation: "write", code: "EIO", after: 1, times: 2 },
      { operation: "truncateSync", code: "EIO", times },
    );
    for (let index = 0; index < 20; index++) sink.append(makeLine(index));
    await until(() => sink.report().file?.trouble !== undefined);
    await until(() => sink.report().delivered === 20, clock);
    expect(sink.report().file?.counts).toMatchObject({ grownByOthers: 0, tornTails: 0 });
    await sink.close();
    expectUpTo(await readIndexes(path), 20);
    expect((await verify(path)).ok).toBe(true);
  });
});

test("a file that may get no larger is sealed, and lines go on in the next", async () => {
  const { path, disk, clock, sink } = await openScene();
  for (let index = 0; index < 10; index++) sink.append(makeLine(index));
  await sink.flush();
  disk.cutWrites(1000);
  disk.fail({ operation: "write", code: "EFBIG", after: 1 });
  for (let index = 10; index < 40; index++) sink.append(makeLine(index));
  await until(() => sink.report().delivered === 40, clock);
  expect(sink.report().file?.counts.rotations).toBe(1);
  await sink.close();
  expectUpTo(await readIndexes(path), 40);
  expect((await verify(path)).ok).toBe(true);
});

describe("a full disk", () => {
  test("never throws, keeps memory bounded, and says once how many were dropped, why and when", async () => {
    const { path, disk, clock, sink, said } = await openScene({ maxQueueBytes: 20_000 });
    disk.setFreeBytes(5000);
    for (let index = 0; index < 60; index++) sink.append(makeLine(index));
    await until(() => sink.report().file?.trouble === "PLB_FILE_DISK_FULL");
    for (let index = 60; index < 1000; index++) {
      sink.append(makeLine(index));
      if (index % 100 === 0) await clock.advance(1000);
    }
    await until(() => sink.report().file?.trouble === "PLB_FILE_DISK_FULL");
    const full = sink.report();
    expectBalanced(full);
    expect(full.dropped["overflow"]).toBeGreaterThan(500);
    expect(full.queued).toBeLessThan(200);
    expect(await codeOf(sink.flush())).toBe("PLB_FILE_DISK_FULL");
    disk.mend();
    await until(() => sink.report().queued === 0 && sink.report().inFlight === 0, clock);
    for (let index = 1000; index < 1010; index++) sink.append(makeLine(index));
    await sink.close();

    const indexes = await readIndexes(path);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(indexes.length).toBe(1010 - (full.dropped["overflow"] ?? 0));
    expect((await verify(path)).ok).toBe(true);
    const records = (await readLinesOf(path)).map(
      (line) => JSON.parse(line) as { name: string; attributes: Record<string, unknown> },
    );
    const losses = records.filter((record) => record.name === "plumbline.lines.dropped");
    expect(losses.map((record) => record.attributes)).toEqual([
      {
        "plumbline.dropped.count": full.dropped["overflow"],
        "plumbline.dropped.reason": "overflow",
        "plumbline.dropped.cause": "PLB_FILE_DISK_FULL",
        "plumbline.dropped.from": expect.stringMatching(/^2026-01-01T00:00:\d\d\.\d{6}Z$/),
        "plumbline.dropped.to": expect.stringMatching(/^2026-01-01T00:00:\d\d\.\d{6}Z$/),
      },
    ]);
    expect(said.filter((message) => message.includes("disk is full")).length).toBe(1);
    expect(said.filter((message) => message.includes("written again")).length).toBe(1);
  });

  test.each([
    { opens: [], cause: "PLB_FILE_NOT_STARTED" },
    { opens: ["ENOSPC"], cause: "PLB_FILE_DISK_FULL" },
    { opens: ["EACCES", "ENOSPC"], cause: "PLB_FILE_NO_ACCESS" },
  ])("while the file is not open yet is named as what kept the lines ($opens)", async ({ opens, cause }) => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const clock = createFakeClock();
    const sink = createFileSink({ path, driver: disk.driver, clock, random: createRandom(1), maxQueueBytes: 20_000 });
    // Those before the first attempt are lost as well; nothing but the start was missing then.
    for (let index = 0; index < 100; index++) sink.append(makeLine(index));
    for (const code of opens) {
      disk.fail({ operation: "open", code });
      expect(await codeOf(sink.start())).not.toBe("fulfilled");
      for (let index = 0; index < 100; index++) sink.append(makeLine(index));
    }
    await sink.start();
    await until(() => sink.report().queued === 0, clock);
    await sink.close();
    expect(await lossCauses(path)).toEqual([cause]);
  });

  test("that is over is no cause of what is lost later", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const clock = createFakeClock();
    const sink = createFileSink({ path, driver: disk.driver, clock, random: createRandom(1), maxQueueBytes: 20_000 });
    disk.fail({ operation: "open", code: "ENOSPC" });
    expect(await codeOf(sink.start())).toBe("PLB_FILE_DISK_FULL");
    await sink.start();
    for (let index = 0; index < 1000; index++) sink.append(makeLine(index));
    await until(() => sink.report().queued === 0, clock);
    await sink.close();
    expect(sink.report().dropped["overflow"]).toBeGreaterThan(0);
    expect(new Set(await lossCauses(path))).toEqual(new Set(["load"]));
  });

  test("drops what is less severe first where that is asked for", async () => {
    for (const queuePolicy of ["block", "drop-newest", "drop-oldest"] as const) {
      const { path, disk, clock, sink } = await openScene({ maxQueueBytes: 60_000, queuePolicy, keep: "warn" });
      disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
      for (let index = 0; index < 1000; index++) sink.append(makeLine(index, "", index % 10 === 0 ? 13 : 5));
      expectBalanced(sink.report());
      disk.mend();
      await until(() => sink.report().queued === 0, clock);
      await sink.close();
      const indexes = await readIndexes(path);
      const severe = indexes.filter((index) => index % 10 === 0);
      expect(severe).toEqual(upTo(100).map((index) => index * 10));
      expect(indexes.length).toBeLessThan(400);
      expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    }
  });

  test("drops what is less severe under the policy block only as far as a line that is waited for needs it", async () => {
    const { disk, clock, sink } = await openScene({ maxQueueBytes: 30_000, queuePolicy: "block", keep: "warn" });
    disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
    sink.append(makeLine(0, "", 13));
    await until(() => sink.report().file?.trouble !== undefined);
    for (let index = 1; index <= 60; index++) sink.append(makeLine(index, "", 5));
    const waiting: Promise<string>[] = [];
    while (sink.report().dropped["overflow"] === undefined) {
      waiting.push(codeOf(sink.appendAsync(makeLine(1000 + waiting.length, "", 13))));
    }
    // The last one was taken, for a sixteenth of the bound or so.
    expect(sink.report().dropped["overflow"]).toBeLessThan(20);
    expect(sink.report().queued).toBe(60 + waiting.length - (sink.report().dropped["overflow"] ?? 0));
    disk.mend();
    await until(() => sink.report().queued === 0, clock);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["fulfilled"]));
    await sink.close();
  });

  test.each([
    { queuePolicy: "block", severity: 13, asked: "append" },
    { queuePolicy: "drop-newest", severity: 13, asked: "append" },
    { queuePolicy: "drop-newest", severity: 13, asked: "appendAsync" },
    { queuePolicy: "drop-oldest", severity: 5, asked: "append" },
  ] as const)(
    "drops nothing for a line that is refused all the same (%o)",
    async ({ queuePolicy, severity, asked }) => {
      const { path, disk, clock, sink } = await openScene({ maxQueueBytes: 30_000, queuePolicy, keep: "warn" });
      disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
      sink.append(makeLine(0, "", 13));
      await until(() => sink.report().file?.trouble !== undefined);
      // More than the bound by the severe alone: those who wait, or are held by somebody else, may have it.
      if (queuePolicy === "block")
        for (let index = 1; index < 150; index++) void sink.appendAsync(makeLine(index, "", 13));
      else void codeOf(sink.write(upTo(150).map((index) => makeLine(index, "", 13))));
      const before = sink.report();
      expect(before.dropped).toEqual({});
      const low = upTo(10).map((index) => makeLine(1000 + index, "", 5));
      void codeOf(sink.write(low));
      const refused = makeLine(2000, "", severity);
      if (asked === "append") sink.append(refused);
      else expect(await codeOf(sink.appendAsync(refused))).toBe("PLB_FILE_QUEUE_FULL");
      expect(sink.report().dropped).toEqual({ overflow: 1 });
      expect(sink.report().queued).toBe(before.queued + low.length);
      disk.mend();
      await until(() => sink.report().queued === 0, clock);
      await sink.close();
      const indexes = await readIndexes(path);
      expect(indexes.filter((index) => index >= 1000)).toEqual(upTo(10).map((index) => 1000 + index));
    },
  );

  test("drops the newest or the oldest, as asked for, and tells who waits", async () => {
    for (const queuePolicy of ["drop-newest", "drop-oldest"] as const) {
      const { path, disk, clock, sink } = await openScene({ maxQueueBytes: 20_000, queuePolicy });
      disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
      sink.append(makeLine(0));
      await until(() => sink.report().file?.trouble !== undefined);
      const waiting = upTo(300).map((index) => codeOf(sink.appendAsync(makeLine(index + 1))));
      disk.mend();
      await clock.advance(10_000);
      const codes = await Promise.all(waiting);
      await sink.close();
      const indexes = await readIndexes(path);
      expect(codes.filter((code) => code === "fulfilled").length).toBe(indexes.length - 1);
      expect(codes.filter((code) => code === "PLB_FILE_QUEUE_FULL").length).toBe(301 - indexes.length);
      expect(codes[0]).toBe(queuePolicy === "drop-newest" ? "fulfilled" : "PLB_FILE_QUEUE_FULL");
      expect(codes[299]).toBe(queuePolicy === "drop-newest" ? "PLB_FILE_QUEUE_FULL" : "fulfilled");
      expectBalanced(sink.report());
    }
  });

  test("makes appendAsync wait under the policy block, and loses nothing", async () => {
    const { path, disk, clock, sink } = await openScene({ maxQueueBytes: 60_000, queuePolicy: "block" });
    disk.fail({ operation: "write", code: "ENOSPC", times: 5 });
    const waiting = Promise.all(upTo(300).map((index) => sink.appendAsync(makeLine(index))));
    await until(() => sink.report().delivered === 300, clock);
    await waiting;
    await sink.close();
    expectUpTo(await readIndexes(path), 300);
  });

  test("makes as many wait under the policy block as fit into twice the bound, and refuses the others", async () => {
    const { path, disk, clock, sink } = await openScene({ maxQueueBytes: 30_000, queuePolicy: "block" });
    disk.fail({ operation: "write", code: "ENOSPC", times: 5 });
    await until(() => sink.report().file !== undefined);
    const waiting = Promise.all(upTo(1000).map((index) => codeOf(sink.appendAsync(makeLine(index)))));
    const { queued, dropped } = sink.report();
    expect(queued * 310).toBeGreaterThan(50_000);
    expect(queued * 310).toBeLessThan(70_000);
    expect(dropped["overflow"]).toBe(1000 - queued);
    await until(() => sink.report().delivered >= queued, clock);
    expect((await waiting).map((code) => (code === "fulfilled" ? "" : code)).slice(queued)).toEqual(
      upTo(1000 - queued).map(() => "PLB_FILE_QUEUE_FULL"),
    );
    await sink.close();
    expectUpTo(await readIndexes(path), queued);
  });

  test("is given up when it closes without a deadline, and waited for with one", async () => {
    const hopeless = await openScene();
    hopeless.disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
    for (let index = 0; index < 10; index++) hopeless.sink.append(makeLine(index));
    const lost = codeOf(hopeless.sink.appendAsync(makeLine(10)));
    await hopeless.sink.close();
    expect(await lost).toBe("PLB_FILE_DEADLINE");
    expect(hopeless.sink.report()).toMatchObject({ accepted: 11, queued: 0, inFlight: 0, dropped: { deadline: 11 } });
    expect(statSync(hopeless.path).size).toBe(0);

    const hung = await openScene({ closeTimeoutMs: 5000 });
    const answer = hung.disk.stall("write");
    const unanswered = codeOf(hung.sink.appendAsync(makeLine(0)));
    hung.sink.append(makeLine(1));
    const ended = hung.sink.close();
    await hung.clock.advance(4999);
    expect(hung.sink.report()).toMatchObject({ inFlight: 2, dropped: {} });
    await hung.clock.advance(1);
    await ended;
    expect(hung.sink.report().dropped).toEqual({ deadline: 2 });
    expect(hung.said.join(" ")).toContain("closed with lines that could not be written");
    answer();
    expect(await unanswered).toBe("PLB_FILE_DEADLINE");

    const patient = await openScene();
    patient.disk.fail({ operation: "write", code: "ENOSPC", times: 3 });
    for (let index = 0; index < 10; index++) patient.sink.append(makeLine(index));
    const closed = patient.sink.close({ signal: new AbortController().signal });
    await until(() => patient.sink.report().inFlight > 0);
    for (let step = 0; step < 10; step++) await patient.clock.advance(2000);
    await closed;
    expectUpTo(await readIndexes(patient.path), 10);
  });
});

test("what throws when it is told something keeps no file from being given up", async () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const diagnostics = { info: boom, warn: boom, error: boom };
  const { path, disk, sink } = await openScene({ diagnostics });
  disk.fail({ operation: "write", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
  sink.append(makeLine(0));
  await sink.close();
  disk.mend();
  const next = createFileSink({ path, onOwned: "refuse", diagnostics });
  const opening = next.start();
  next.append(makeLine(1));
  exit();
  await opening;
  await next.close();
  expect(await readIndexes(path)).toEqual([1]);
});

test("a disk that is slow but takes lines gets them all, however long a close takes", async () => {
  const { path, disk, clock, sink } = await openScene({ closeTimeoutMs: 5000 });
  let release = disk.stall("write");
  for (let index = 0; index < 4; index++) sink.append(makeLine(index, "x".repeat(400_000)));
  const closed = sink.close();
  for (let index = 0; index < 4; index++) {
    await clock.advance(4000);
    expect(sink.report()).toMatchObject({ delivered: index, dropped: {} });
    const next = disk.stall("write");
    release();
    release = next;
    await until(() => sink.report().delivered === index + 1);
  }
  release();
  await closed;
  expectUpTo(await readIndexes(path), 4);
});

test("half a line that cannot be cut off is not sealed: lines go on in the same file until it is gone", async () => {
  const { path, disk, clock, sink } = await openScene({ rotate: { maxAgeMs: 1000 } });
  await sink.appendAsync(makeLine(0), "written");
  disk.cutWrites(40, 1);
  disk.fail({ operation: "write", code: "EIO", after: 1, times: 100 });
  disk.fail({ operation: "truncateSync", code: "EIO", times: 100 });
  void codeOf(sink.appendAsync(makeLine(1), "written"));
  await until(() => sink.report().file?.trouble !== undefined);
  await clock.advance(2000);
  await until(() => (sink.report().file?.counts.rotationFailures ?? 0) > 0, clock);
  disk.mend();
  await until(() => sink.report().delivered === 2, clock);
  await until(() => sink.report().file?.counts.segmentsSealed === 1, clock);
  await sink.close();
  expect(await readIndexes(path)).toEqual([0, 1]);
  expect((await verify(path)).counts).toEqual({});
});

describe("a sync that fails", () => {
  test("is told to who waits for it, and not taken for done", async () => {
    const { disk, sink } = await openScene();
    disk.fail({ operation: "sync", code: "EIO" });
    expect(await codeOf(sink.appendAsync(makeLine(0), "fsynced"))).toBe("PLB_FILE_WRITE_FAILED");
    expect(sink.ring.reached("fsynced")).toBe(0);
    expect(sink.report().file?.counts.syncFailures).toBe(1);
    await sink.appendAsync(makeLine(1), "fsynced");
    await sink.close();
  });

  test("is made again only when its bytes were written again", async () => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const { path, sink } = await openScene({}, device.driver);
    await sink.appendAsync(makeLine(0), "fsynced");
    device.failSyncs(2);
    expect(await codeOf(sink.appendAsync(makeLine(1), "fsynced"))).toBe("PLB_FILE_WRITE_FAILED");
    expect(await codeOf(sink.flush({ durability: "fsynced" }))).toBe("PLB_FILE_WRITE_FAILED");
    await sink.flush({ durability: "fsynced" });
    expect(device.durableBytes(path)).toBe(statSync(path).size);
    expect(sink.ring.reached("fsynced")).toBe(2);
    await sink.close();
    expect((await verify(path)).ok).toBe(true);
  });

  test("is made again with all that was written since others cut the file short", async () => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const { path, sink } = await openScene({}, device.driver);
    await sink.appendAsync(makeLine(0, "x".repeat(1000)), "fsynced");
    truncateSync(path, 0);
    device.failSyncs(1);
    expect(await codeOf(sink.appendAsync(makeLine(1), "fsynced"))).toBe("PLB_FILE_WRITE_FAILED");
    await sink.flush({ durability: "fsynced" });
    expect(device.durableBytes(path)).toBe(statSync(path).size);
    await sink.close();
  });

  test.each(["going on in the file", "after a rotation"])(
    "is not for good where an earlier run or others have left NULs (%s)",
    async (how) => {
      const { path, disk, clock, sink } = await openScene();
      await sink.appendAsync(makeLine(0));
      await sink.close();
      const line = readFileSync(path);
      appendFileSync(path, Buffer.concat([Buffer.alloc(100), Buffer.from("\n"), line]));
      const next = createFileSink({ path, driver: disk.driver, clock, random: createRandom(2) });
      await next.start();
      disk.fail({ operation: "sync", code: "EIO", times: how === "after a rotation" ? 2 : 1 });
      expect(await codeOf(next.appendAsync(makeLine(1), "fsynced"))).toBe("PLB_FILE_WRITE_FAILED");
      if (how === "after a rotation") {
        await next.rotate();
        await until(() => next.report().file?.counts.sealFailures === 1);
      }
      await next.flush({ durability: "fsynced" });
      expect(next.ring.reached("fsynced")).toBe(1);
      await next.close();
    },
  );

  test("of a segment that was left is made again with its bytes, and later lines wait for that", async () => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const { path, clock, sink } = await openScene({}, device.driver);
    for (let index = 0; index < 3; index++) await sink.appendAsync(makeLine(index));
    device.failSyncs(2);
    await sink.rotate();
    let code = "";
    void codeOf(sink.appendAsync(makeLine(3), "fsynced")).then((result) => (code = result));
    await until(() => code !== "", clock);
    expect(code).toBe("PLB_FILE_WRITE_FAILED");
    void codeOf(sink.flush({ durability: "fsynced" })).then((result) => (code = result));
    await until(() => code === "fulfilled", clock);
    const [segment] = (await listSegments(journalLocation(path))).segments;
    expect(device.durableBytes(segment?.path ?? "")).toBe(statSync(segment?.path ?? "").size);
    expect(device.durableBytes(path)).toBe(statSync(path).size);
    expect(sink.ring.reached("fsynced")).toBe(4);
    await sink.close();
    expectUpTo(await readIndexes(path), 4);
  });

  test.each(["flush", "close"] as const)(
    "of a segment that was left is not waited for: %s tries again at once",
    async (how) => {
      const { disk, sink } = await openScene({ durability: "fsynced" });
      await sink.appendAsync(makeLine(0), "written");
      await sink.flush();
      disk.fail({ operation: "sync", code: "EIO" });
      await sink.rotate();
      await until(() => (sink.report().file?.counts.sealFailures ?? 0) > 0);
      await sink.appendAsync(makeLine(1), "written");
      await sink[how](); // no time passes
      if (how === "flush") expect(sink.ring.reached("fsynced")).toBe(2);
      await sink.close();
      expect(sink.report()).toMatchObject({ delivered: 2, dropped: {} });
    },
  );
});

describe("a file that others have moved away, whose sync fails,", () => {
  async function move({ path, clock, sink }: Scene, index: number): Promise<void> {
    renameSync(path, `${path}.${index}`);
    await clock.advance(1000);
    await sink.appendAsync(makeLine(index), "written");
  }

  /** Whose name it is now, sees to that. */
  async function isDurable(
    path: string,
    { driver, durableBytes }: ReturnType<typeof createForgetfulDevice>,
  ): Promise<boolean> {
    await driver.syncDirectory(dirname(path));
    return durableBytes(path) === statSync(path).size;
  }

  test("is written once more and synced before later lines count, and each failure is told once", async () => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const scene = await openScene({}, device.driver);
    const { path, sink, said } = scene;
    await sink.appendAsync(makeLine(0), "written");
    device.failSyncs(2);
    await move(scene, 1);
    await until(() => sink.report().file?.counts.syncFailures === 1);
    expect(await codeOf(sink.flush({ durability: "fsynced" }))).toBe("PLB_FILE_WRITE_FAILED");
    expect(sink.ring.reached("fsynced")).toBe(0);
    await sink.flush({ durability: "fsynced" });
    expect(sink.ring.reached("fsynced")).toBe(2);
    expect(device.durableBytes(`${path}.1`)).toBe(statSync(`${path}.1`).size);
    expect(sink.report().file?.counts.syncFailures).toBe(2);
    expect(said.filter((message) => message.includes("not be synced")).length).toBe(2);
    await sink.close();
  });

  test("is tried again by itself, less and less often, where nobody asks for a sync", async () => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const scene = await openScene({}, device.driver);
    const { path, disk, clock, sink } = scene;
    await sink.appendAsync(makeLine(0), "written");
    device.failSyncs(3);
    await move(scene, 1);
    const closed = (): number => disk.calls.filter(({ operation }) => operation === "close").length;
    const before = closed();
    await until(() => sink.report().file?.counts.syncFailures === 1);
    await clock.advance(400);
    expect(sink.report().file?.counts.syncFailures).toBe(1);
    await until(() => closed() > before, clock);
    expect(await isDurable(`${path}.1`, device)).toBe(true);
    expect(sink.report().file?.counts.syncFailures).toBe(3);
    expect(clock.pendingTimers).toBe(0);
    await sink.close();
  });

  test.each([
    { how: "succeeds", failures: 1, isDurable: true },
    { how: "fails", failures: 2, isDurable: false },
  ])("is tried again when the sink closes, which ends all attempts also where that one $how", async (attempt) => {
    const device = createForgetfulDevice(createNodeFileDriver());
    const scene = await openScene({}, device.driver);
    const { path, clock, sink } = scene;
    await sink.appendAsync(makeLine(0), "written");
    device.failSyncs(attempt.failures);
    await move(scene, 1);
    await until(() => sink.report().file?.counts.syncFailures === 1);
    await sink.close(); // no time passes
    expect(await isDurable(`${path}.1`, device)).toBe(attempt.isDurable);
    expect(clock.pendingTimers).toBe(0);
  });

  test("with somebody waiting for a line in the next one, is told of once", async () => {
    const { path, disk, clock, sink, said } = await openScene();
    await sink.appendAsync(makeLine(0), "written");
    renameSync(path, `${path}.1`);
    await clock.advance(1000);
    disk.fail({ operation: "sync", code: "EIO" });
    await codeOf(sink.appendAsync(makeLine(1), "fsynced"));
    await sink.flush({ durability: "fsynced" });
    expect(sink.report().file?.counts.syncFailures).toBe(1);
    expect(said.filter((message) => message.includes("not be synced")).length).toBe(1);
    await sink.close();
  });

  test("is let go once it is removed: nothing is left to be synced", async () => {
    const { path, disk, sink } = await openScene();
    await sink.appendAsync(makeLine(0), "written");
    rmSync(path);
    disk.fail({ operation: "sync", code: "EIO" });
    await sink.appendAsync(makeLine(1), "fsynced");
    expect(sink.report().file?.counts.syncFailures).toBe(0);
    await sink.close();
  });

  test("is kept open with few others at most; beyond that no line counts as synced any more", async () => {
    const scene = await openScene();
    const { disk, sink } = scene;
    const open = (): number => {
      const count = (operation: "open" | "close"): number =>
        disk.calls.filter((call) => call.operation === operation && call.outcome === "passed").length;
      return count("open") - count("close");
    };
    await sink.appendAsync(makeLine(0), "written");
    disk.fail({ operation: "sync", code: "EIO", times: Number.POSITIVE_INFINITY });
    for (let index = 1; index <= 20; index++) {
      await move(scene, index);
      // Those that are kept are tried again meanwhile.
      await until(() => (sink.report().file?.counts.syncFailures ?? 0) >= index);
    }
    expect(open()).toBeLessThan(12);
    disk.mend();
    expect(await codeOf(sink.flush({ durability: "fsynced" }))).toBe("PLB_FILE_WRITE_FAILED");
    expect(sink.ring.reached("fsynced")).toBe(0);
    await sink.close();
    expect(open()).toBe(0);
    expect(sink.report()).toMatchObject({ delivered: 21, dropped: {} });
  });
});

describe("in the class fsynced a segment whose sync has failed", () => {
  async function withSegmentLeft(): Promise<Scene> {
    const scene = await openScene({ durability: "fsynced", rotate: { maxBytes: 300 } });
    await scene.sink.appendAsync(makeLine(0, "x".repeat(100)), "written");
    await scene.sink.flush();
    scene.disk.fail({ operation: "sync", code: "EIO", times: Number.POSITIVE_INFINITY });
    await scene.sink.rotate();
    await until(() => (scene.sink.report().file?.counts.sealFailures ?? 0) > 0);
    return scene;
  }

  test("is tried again before the next rotation, which does not wait for its time", async () => {
    const { path, disk, sink } = await withSegmentLeft();
    disk.mend();
    for (let index = 1; index < 6; index++) sink.append(makeLine(index, "x".repeat(100)));
    await sink.flush(); // no time passes
    expect(sink.ring.reached("fsynced")).toBe(6);
    await sink.close();
    expect(sink.report().dropped).toEqual({});
    expectUpTo(await readIndexes(path), 6);
  });

  test("keeps no line from being written when it fails once more: the file goes on beyond its size", async () => {
    const { path, disk, clock, sink } = await withSegmentLeft();
    for (let index = 1; index < 6; index++) sink.append(makeLine(index, "x".repeat(100)));
    await sink.flush({ durability: "written" });
    expect(sink.report()).toMatchObject({ delivered: 6, file: { counts: { rotations: 1, rotationFailures: 1 } } });
    expect(await codeOf(sink.flush())).toBe("PLB_FILE_WRITE_FAILED");
    disk.mend();
    await clock.advance(6000);
    await sink.flush();
    await sink.close();
    expectUpTo(await readIndexes(path), 6);
  });
});

describe("a sync", () => {
  test.each(["buffered", "written", "fsynced"] as const)(
    "in the class fsynced, of a sink of the class %s, covers the name of the file as well",
    async (durability) => {
      const device = createForgetfulDevice(createNodeFileDriver());
      const { path, disk, sink } = await openScene({ durability }, device.driver);
      const write = async (index: number): Promise<void> => {
        await sink.appendAsync(makeLine(index), "fsynced");
        expect(device.durableBytes(path)).toBe(statSync(path).size);
      };
      await write(0);
      await sink.rotate();
      await write(1);
      const before = disk.calls.filter(({ operation }) => operation === "syncDirectory").length;
      await write(2);
      expect(disk.calls.filter(({ operation }) => operation === "syncDirectory").length).toBe(before);
      disk.fail({ operation: "syncDirectory", code: "EIO", times: durability === "fsynced" ? 2 : 1 });
      await sink.rotate();
      expect(await codeOf(sink.appendAsync(makeLine(3), "fsynced"))).toBe("PLB_FILE_WRITE_FAILED");
      await write(4);
      await sink.close();
    },
  );

  test("counts for what was written before it began, and for no line after", async () => {
    const { disk, sink } = await openScene();
    const release = disk.stall("sync");
    const resolved: string[] = [];
    const first = sink.appendAsync(makeLine(0), "fsynced").then(() => resolved.push("first"));
    await until(() => sink.ring.reached("written") === 1);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    const second = sink.appendAsync(makeLine(1), "fsynced").then(() => resolved.push("second"));
    await until(() => sink.ring.reached("written") === 2);
    expect(resolved).toEqual([]);
    const releaseSecond = disk.stall("sync");
    release();
    await first;
    expect(sink.ring.reached("fsynced")).toBe(1);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(resolved).toEqual(["first"]);
    releaseSecond();
    await second;
    expect(sink.ring.reached("fsynced")).toBe(2);
    await sink.close();
  });

  test("that is asked for while another file is being opened under the path waits, and counts for lines in both", async () => {
    const hold = holdFirst(createNodeFileDriver(), "read");
    const { path, clock, sink } = await openScene({}, hold.driver);
    const other = createFileSink({ path, clock });
    await other.start();
    await other.appendAsync(makeLine(0), "written");
    renameSync(path, `${path}.moved`);
    writeFileSync(path, '{"others":1}\n');
    await clock.advance(1000);
    hold.arm();
    sink.append(makeLine(1));
    await until(hold.isReached, clock);
    const synced = other.flush({ durability: "fsynced" });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(sink.ring.reached("fsynced")).toBe(0);
    hold.release();
    await synced;
    expect(sink.ring.reached("fsynced")).toBeGreaterThan(0);
    await Promise.all([sink.close(), other.close()]);
  });

  test("of a line waits for that of the segment that was left before it", async () => {
    const hold = holdFirst(createNodeFileDriver(), "sync");
    const { sink } = await openScene({ driver: hold.driver });
    sink.append(makeLine(0));
    await sink.flush();
    hold.arm();
    await sink.rotate();
    await until(hold.isReached);
    let isDone = false;
    const synced = sink.appendAsync(makeLine(1), "fsynced").then(() => (isDone = true));
    await until(() => sink.ring.reached("written") === 2);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    // The segment's own sync hangs; the new file's would not.
    expect(isDone).toBe(false);
    hold.release();
    await synced;
    await sink.close();
  });
});

test("in the class fsynced nothing goes into the next file before the one that is left is on the device", async () => {
  const hold = holdFirst(createNodeFileDriver(), "sync");
  const { path, sink } = await openScene({ driver: hold.driver, durability: "fsynced" });
  await sink.appendAsync(makeLine(0));
  await sink.appendAsync(makeLine(1), "written");
  await sink.flush();
  hold.arm();
  const inode = statSync(path).ino;
  sink.append(makeLine(2));
  const rotated = sink.rotate();
  await until(hold.isReached);
  sink.append(makeLine(3));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  expect(statSync(path).ino).toBe(inode);
  expect(sink.report().file?.counts.rotations).toBe(0);
  hold.release();
  await rotated;
  await sink.close();
  expect(statSync(path).ino).not.toBe(inode);
  expectUpTo(await readIndexes(path), 4);
});

describe("others", () => {
  test("who cut the file short are noticed, and lines go on whole", async () => {
    const { path, sink, said } = await openScene();
    for (let index = 0; index < 10; index++) sink.append(makeLine(index));
    await sink.flush();
    const size = statSync(path).size;
    truncateSync(path, size - 10);
    for (let index = 10; index < 20; index++) sink.append(makeLine(index));
    await sink.flush();
    truncateSync(path, 0);
    for (let index = 20; index < 30; index++) sink.append(makeLine(index));
    await sink.flush();
    expect(await readIndexes(path)).toEqual(upTo(10).map((index) => index + 20));
    expect(sink.report().file?.counts).toMatchObject({ truncatedByOthers: 2, tornTails: 1 });
    await sink.close();
    expect((await verify(path)).counts).toEqual({});
    expect(said.some((message) => message.includes("cut short"))).toBe(true);
  });

  test("who cut it short while the disk is full make room", async () => {
    const { path, disk, clock, sink } = await openScene();
    for (let index = 0; index < 10; index++) sink.append(makeLine(index));
    await sink.flush();
    disk.fail({ operation: "write", code: "ENOSPC", times: 2 });
    for (let index = 10; index < 20; index++) sink.append(makeLine(index));
    await until(() => sink.report().file?.trouble !== undefined);
    truncateSync(path, 0);
    await until(() => sink.report().delivered === 20, clock);
    // What comes first in the file now gives the segment its name.
    const { epoch } = sink;
    await sink.rotate();
    await sink.close();
    expect(existsSync(join(path, `../c.${epoch}-11.jsonl`))).toBe(true);
    expect(await readIndexes(path)).toEqual(upTo(10).map((index) => index + 10));
  });

  async function indexesBehindNuls(path: string): Promise<readonly number[]> {
    const lines = (await readLinesOf(path)).filter((line) => !/^\0+$/.test(line));
    return lines.map((line) => (JSON.parse(line) as { attributes: { index: number } }).attributes.index);
  }

  async function cutDuringWrites(options: Partial<FileSinkOptions> = {}): Promise<Scene & { cutNext: () => void }> {
    const real = createNodeFileDriver();
    let isDue = false;
    const write: FileDriver["write"] = (...args) => {
      if (isDue) truncateSync(scene.path, 0);
      isDue = false;
      real.write(...args);
    };
    const scene = await openScene(options, { ...real, write });
    for (let index = 0; index < 5; index++) await scene.sink.appendAsync(makeLine(index), "written");
    return { ...scene, cutNext: () => void (isDue = true) };
  }

  test("who empty it during a write take no line with them, however often", async () => {
    const { path, clock, sink, said, cutNext } = await cutDuringWrites();
    for (let round = 1; round <= 2; round++) {
      cutNext();
      await sink.appendAsync(makeLine(round * 10), "written");
      await sink.appendAsync(makeLine(round * 10 + 1), "written");
      await clock.advance(1000);
      await sink.appendAsync(makeLine(round * 10 + 2), "written");
      expect(sink.report().file?.counts.truncatedByOthers).toBe(round);
    }
    await clock.advance(1000);
    await sink.appendAsync(makeLine(50), "written");
    expect(sink.report().file?.counts.truncatedByOthers).toBe(2);
    expect(said.filter((message) => message.includes("cut short")).length).toBe(2);
    await sink.close();
    expect(await indexesBehindNuls(path)).toEqual([20, 21, 22, 50]);
    expect((await verify(path)).counts).toEqual({ nul: 1 });
  });

  test("who empty it during a write take no line with them when it is sealed before they are seen", async () => {
    const { path, sink, cutNext } = await cutDuringWrites();
    cutNext();
    await sink.appendAsync(makeLine(10), "written");
    await sink.rotate();
    await until(() => sink.report().file?.sealing === 0);
    // What comes first in it gives the segment its name.
    expect(existsSync(join(path, `../c.${sink.epoch}-6.jsonl`))).toBe(true);
    expect(sink.report().file?.counts.truncatedByOthers).toBe(1);
    await sink.close();
    expect(await indexesBehindNuls(path)).toEqual([10]);
    expect((await verify(path)).counts).toEqual({ nul: 1 });
  });

  test("who empty it during a write keep no sync that failed from being made again", async () => {
    const { path, disk, clock, sink, cutNext } = await cutDuringWrites();
    cutNext();
    await sink.appendAsync(makeLine(5), "written");
    await clock.advance(1000);
    await sink.appendAsync(makeLine(6), "written");
    disk.fail({ operation: "sync", code: "EIO", times: 2 });
    expect(await codeOf(sink.flush({ durability: "fsynced" }))).toBe("PLB_FILE_WRITE_FAILED");
    await sink.rotate();
    await until(() => sink.report().file?.counts.sealFailures === 1);
    await sink.flush({ durability: "fsynced" });
    expect(sink.ring.reached("fsynced")).toBe(7);
    await sink.close();
    expect((await verify(path)).counts).toEqual({ nul: 1 });
  });

  test("who write into it are noticed, and nothing is glued to their half line", async () => {
    const { path, sink } = await openScene();
    sink.append(makeLine(0));
    await sink.flush();
    appendFileSync(path, '{"half":');
    sink.append(makeLine(1));
    await sink.flush();
    appendFileSync(path, `${JSON.stringify({ name: "foreign" })}\n`);
    sink.append(makeLine(2));
    await sink.close();
    expect(await readIndexes(path)).toEqual([0, 1, 2]);
    expect(sink.report()).toMatchObject({ delivered: 3 });
    expect((await verify(path)).counts).not.toHaveProperty("torn");
  });

  test("who move or remove it are followed", async () => {
    const { path, clock, sink } = await openScene();
    sink.append(makeLine(0));
    await sink.flush();
    renameSync(path, `${path}.1`);
    await clock.advance(1000);
    sink.append(makeLine(1));
    await sink.flush();
    rmSync(path);
    sink.append(makeLine(2));
    await sink.flush();
    renameSync(path, `${path}.2`);
    writeFileSync(path, "");
    await clock.advance(1000);
    sink.append(makeLine(3));
    await sink.flush();
    expect(sink.report().file?.counts).toMatchObject({ movedByOthers: 3 });
    await sink.close();
    expect(await readIndexes(path)).toEqual([3]);
    expect(readFileSync(`${path}.1`, "utf8")).toContain('"index":0');
    expect(readFileSync(`${path}.2`, "utf8")).toContain('"index":2');
  });

  test("who remove the folder have it made again", async () => {
    const { path, clock, sink } = await openScene();
    sink.append(makeLine(0));
    await sink.flush();
    rmSync(join(path, ".."), { recursive: true });
    await clock.advance(1000);
    sink.append(makeLine(1));
    await sink.flush();
    await sink.close();
    expect(await readIndexes(path)).toEqual([1]);
  });
});

describe("who emits in a loop and never yields", () => {
  test("and has one line refused gets every other one into the file once", async () => {
    const { path, sink } = await openScene({ maxQueueBytes: 2_000_000 }, promptDriver(createNodeFileDriver()));
    for (let index = 0; index < 3000; index++) {
      sink.append(makeLine(index, "x".repeat(index === 600 ? 2_200_000 : 300 + ((index * 7919) % 1400))));
    }
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(3000).filter((index) => index !== 600));
    expect((await verify(path)).counts).toEqual({});
    expect(sink.report()).toMatchObject({ delivered: 3000, inFlight: 0, dropped: { overflow: 1 } });
  });

  test("and logs from what the sink says gets that into the file, too", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(promptDriver(createNodeFileDriver()));
    let next = 0;
    const emit = (count: number): void => {
      for (let each = 0; each < count; each++) sink.append(makeLine(next++, "y".repeat(1000)));
    };
    const diagnostics = { info: () => emit(400), warn: () => undefined, error: () => undefined };
    const sink = createFileSink({ path, driver: disk.driver, clock: createFakeClock(), diagnostics });
    await sink.start();
    disk.fail({ operation: "write", code: "EIO" });
    emit(10);
    await until(() => sink.report().file?.trouble !== undefined);
    const flushed = sink.flush();
    emit(2000);
    await flushed;
    await sink.close();
    expectUpTo(await readIndexes(path), 2410);
    expect((await verify(path)).counts).toEqual({});
  });
});

/** Everything at once, in an order that the seed decides. */
describe("any schedule of faults", () => {
  /** `PLUMBLINE_SEEDS=120` for more. */
  const SEEDS = Number(process.env["PLUMBLINE_SEEDS"] ?? 25);
  const OPERATIONS = ["write", "sync", "rename", "open", "truncateSync", "lookSync", "close", "unlink"] as const;
  const CODES = ["ENOSPC", "EIO", "EDQUOT", "EFBIG", "EMFILE", "EACCES"] as const;

  async function play(seed: number): Promise<void> {
    const random = createRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.trunc(random() * items.length)] as T;
    const node = createNodeFileDriver();
    const options: Partial<FileSinkOptions> = {
      maxQueueBytes: pick([3000, 30_000, 400_000, 1_000_000]),
      queuePolicy: pick(["block", "drop-newest", "drop-oldest"]),
      keep: pick(["warn", "trace"]),
      durability: pick(["buffered", "written", "fsynced"]),
      rotate: pick([{}, { maxBytes: 5000 }, { maxBytes: 10_000, compress: "gzip" }, { maxAgeMs: 3000 }]),
    };
    // A file for every few lines of a burst would take long.
    const bursts = options.rotate?.maxBytes === undefined ? 0.03 : 0;
    const { path, disk, clock, sink } = await openScene(options, pick([node, promptDriver(node)]));
    const exits = random() < 0.5;
    const acknowledged: number[] = [];
    let next = 0;
    const line = (): ReturnType<typeof makeLine> =>
      makeLine(next++, "z".repeat(Math.trunc(random() ** 4 * 3000)), random() < 0.1 ? 17 : 9);
    /** More than goes into one chunk, in one tick; among it one line that no queue takes. */
    const burst = (): void => {
      const count = 150 + random() * 250;
      const refused = random() * 2 * count;
      for (let at = 0; at < count; at++) {
        if (Math.trunc(refused) === at) sink.append(makeLine(next++, "r".repeat(1_100_000)));
        sink.append(makeLine(next++, "b".repeat(1000 + Math.trunc(random() * 3000))));
      }
    };
    const steps: readonly (() => void | Promise<void>)[] = [
      () => {
        for (let count = random() * 30; count > 0; count--) sink.append(line());
      },
      () => {
        const index = next;
        sink.appendAsync(line(), pick(["buffered", "written", "fsynced"] as const)).then(
          () => acknowledged.push(index),
          () => undefined,
        );
      },
      () => void codeOf(sink.flush()),
      () => void codeOf(sink.rotate()),
      () => clock.advance(random() * 3000),
      () =>
        disk.fail({
          operation: pick(OPERATIONS),
          code: pick(CODES),
          after: Math.trunc(random() * 3),
          times: 1 + Math.trunc(random() * 3),
        }),
      () => disk.cutWrites(1 + Math.trunc(random() * 2000), Math.trunc(random() * 5)),
      () => disk.setFreeBytes(Math.trunc(random() * 20_000)),
      () => disk.mend(),
      () => new Promise<void>((resolve) => setImmediate(resolve)),
    ];
    for (let step = 0; step < 120; step++) {
      await pick(steps)();
      if (random() < bursts) burst();
      expectBalanced(sink.report());
    }
    disk.mend();
    if (exits) {
      if (bursts > 0) burst();
      exit();
      sink.append(line());
      expect(sink.report()).toMatchObject({ queued: 0, inFlight: 0 });
    }
    // Attempts that are waited for come with the clock; a close without a deadline would give up at the first failure.
    await until(() => sink.report().queued + sink.report().inFlight === 0, clock);
    await sink.close();

    const report = sink.report();
    expectBalanced(report);
    expect(report.queued + report.inFlight).toBe(0);
    const indexes = await readIndexes(path);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    expect(new Set(indexes).size).toBe(indexes.length);
    const lines = (await readLinesOf(path)).map(
      (text) => JSON.parse(text) as { name: string; attributes: Record<string, number> },
    );
    expect(lines.length).toBe(report.delivered);
    const records = lines.filter((each) => each.name === "plumbline.lines.dropped");
    expect(records.length).toBe(report.delivered - indexes.length);
    const told = records.reduce((sum, each) => sum + (each.attributes["plumbline.dropped.count"] ?? Number.NaN), 0);
    expect(told).toBe(report.dropped["overflow"] ?? 0);
    expect(report.accepted).toBeGreaterThanOrEqual(next + records.length);
    const written = new Set(indexes);
    expect(acknowledged.filter((index) => !written.has(index))).toEqual([]);
    const verified = await verify(path);
    expect(verified.counts).toEqual({});
    expect(verified.events).toBe(report.delivered);
  }

  test.each(upTo(SEEDS))("of seed %i keeps the account, the order and whole lines", async (seed) => {
    await play(seed + Number(process.env["PLUMBLINE_SEED"] ?? 0));
  });
});
