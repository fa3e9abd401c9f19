import { appendFileSync, readFileSync, renameSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { createFakeClock, createFaultyDisk, type FaultyDisk } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import {
  createFileSink,
  createNodeFileDriver,
  createStdoutSink,
  type FileDriver,
  type FileSink,
  type FileSinkOptions,
} from "../src/index.ts";
import {
  exit,
  expectBalanced,
  expectUpTo,
  holdFirst,
  makeLine,
  readIndexes,
  temporaryDirectory,
  verify,
} from "./scene.ts";

async function open(
  options: Partial<FileSinkOptions> = {},
): Promise<{ path: string; disk: FaultyDisk<FileDriver>; sink: FileSink }> {
  const path = join(temporaryDirectory(), "c.jsonl");
  const disk = createFaultyDisk(createNodeFileDriver());
  const sink = createFileSink({ path, driver: disk.driver, ...options });
  await sink.start();
  return { path, disk, sink };
}

function append(sink: FileSink, from: number, to: number): void {
  for (let index = from; index < to; index++) sink.append(makeLine(index, "x".repeat(index % 300)));
}

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe("the flush at exit", () => {
  test.each([1, 50, 3000])("writes what is in flight once more at its place, and %i lines behind it", async (count) => {
    const { path, disk, sink } = await open();
    const release = disk.stall("write");
    append(sink, 0, count);
    await turns();
    append(sink, count, count * 2);
    exit();
    expectUpTo(await readIndexes(path), count * 2);
    expect(sink.report()).toMatchObject({ delivered: count * 2, queued: 0, inFlight: 0 });
    const before = readFileSync(path);
    // The thread that had the write in its hands comes late.
    release();
    await turns();
    expect(readFileSync(path).equals(before)).toBe(true);
    expect((await verify(path)).ok).toBe(true);
    expectBalanced(sink.report());
  });

  test.each(["rename", "open"] as const)(
    "finds whole lines in order when it comes into a rotation's %s",
    async (operation) => {
      const hold = holdFirst(createNodeFileDriver(), operation);
      const { path, sink } = await open({ rotate: { maxBytes: 5000 }, driver: hold.driver });
      append(sink, 0, 10);
      await sink.flush();
      hold.arm();
      append(sink, 10, 200);
      while (!hold.isReached()) await turns(1);
      exit();
      expectUpTo(await readIndexes(path), 200);
      // The thread that had the call in its hands comes late.
      hold.release();
      // In a test, unlike at exit, the rotation then goes on, and seals.
      while (sink.report().file?.counts.segmentsSealed === 0) await turns(1);
      expectUpTo(await readIndexes(path), 200);
      expect((await verify(path)).ok).toBe(true);
    },
  );

  test.each(["truncated", "grown"])(
    "keeps lines apart from what others left when it comes into the mending of a %s file",
    async (how) => {
      const hold = holdFirst(createNodeFileDriver(), "read");
      const { path, sink } = await open({ driver: hold.driver });
      append(sink, 0, 10);
      await sink.flush();
      if (how === "grown") appendFileSync(path, '{"half');
      else truncateSync(path, readFileSync(path).length - 7);
      hold.arm();
      append(sink, 10, 20);
      while (!hold.isReached()) await turns(1);
      exit();
      const text = readFileSync(path, "utf8");
      expect(text).not.toContain("\0");
      const lines = text.split("\n");
      const whole = lines.filter((line) => line.startsWith('{"id"') && line.endsWith("}"));
      expect(whole.length).toBe(how === "grown" ? 20 : 19);
      expect(lines.length).toBe(how === "grown" ? 22 : 21);
      expect(lines.at(-1)).toBe("");
      expect(sink.report()).toMatchObject({ delivered: 20, queued: 0, inFlight: 0 });
    },
  );

  test("goes on in a file that others have moved, without an empty line, when it comes before there is another", async () => {
    const clock = createFakeClock();
    const hold = holdFirst(createNodeFileDriver(), "open");
    const { path, sink } = await open({ driver: hold.driver, clock });
    append(sink, 0, 10);
    await sink.flush();
    renameSync(path, `${path}.moved`);
    await clock.advance(1000); // it looks at the path now and then
    hold.arm();
    append(sink, 10, 20);
    await clock.advance(1000);
    while (!hold.isReached()) await turns(1);
    exit();
    const lines = readFileSync(`${path}.moved`, "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith('{"id"') && line.endsWith("}")).length).toBe(20);
    expect(lines.length).toBe(21);
    hold.release();
    await sink.close();
  });

  test("goes on where a full disk had stopped it, and leaves whole lines where it still is", async () => {
    // A clock that stands still: nothing is tried again meanwhile.
    const { path, disk, sink } = await open({ clock: createFakeClock() });
    disk.setFreeBytes(1000);
    append(sink, 0, 50);
    while (sink.report().file?.trouble !== "PLB_FILE_DISK_FULL") await turns(1);
    disk.setFreeBytes(777);
    exit();
    const there = await readIndexes(path);
    expectUpTo(there, there.length);
    expect(there.length).toBeGreaterThan(8);
    expectBalanced(sink.report());
    disk.mend();
    exit();
    expectUpTo(await readIndexes(path), 50);
  });

  test("takes what other listeners append after it, in the tick in which they do", async () => {
    const { path, sink } = await open();
    append(sink, 0, 5);
    exit();
    append(sink, 5, 8);
    expect(readFileSync(path, "utf8").split("\n").length - 1).toBe(8);
    expectUpTo(await readIndexes(path), 8);
  });

  test.each([200_000, 1_000_000])("with lines refused at a bound of %i writes every other one once", async (bound) => {
    const { path, disk, sink } = await open({ maxQueueBytes: bound, queuePolicy: "drop-newest" });
    const release = disk.stall("write");
    for (let index = 0; index < 6000; index++) sink.append(makeLine(index, "x".repeat(200)));
    const { queued, inFlight, dropped } = sink.report();
    expect(dropped["overflow"]).toBeGreaterThan(100);
    exit();
    expectUpTo(await readIndexes(path), queued + inFlight);
    // One more: the record of what was dropped.
    expect(sink.report()).toMatchObject({ delivered: queued + inFlight + 1, queued: 0, inFlight: 0 });
    expect((await verify(path)).counts).toEqual({});
    release();
  });

  test("is bounded in time, and says so when lines are left", async () => {
    const said: unknown[] = [];
    const say = (message: string, facts: unknown): void => void said.push([message, facts]);
    const { path, sink } = await open({ exitFlushMs: 100, diagnostics: { info: say, warn: say, error: say } });
    append(sink, 0, 5);
    exit(101);
    expect(readFileSync(path, "utf8")).toBe("");
    expect(said).toEqual([["Lines could not be written at exit.", { code: "PLB_FILE_DEADLINE", path }]]);
    exit(0);
    expectUpTo(await readIndexes(path), 5);
    expect(said).toHaveLength(1);
  });

  test("has one bound together with what other listeners append after it, and says once that lines are left", async () => {
    const node = createNodeFileDriver();
    let spentMs = 0;
    let hasRoom = true;
    const slow: FileDriver = {
      ...node,
      writeSync(...args): number {
        spentMs += 60;
        if (hasRoom) return node.writeSync(...args);
        throw Object.assign(new Error("EAGAIN"), { code: "EAGAIN" });
      },
    };
    const said: unknown[] = [];
    const say = (message: string): void => void said.push(message);
    const diagnostics = { info: say, warn: say, error: say };
    const { path, sink } = await open({ exitFlushMs: 100, driver: slow, diagnostics });
    append(sink, 0, 5);
    exit(() => spentMs);
    for (let index = 5; index < 50; index++) append(sink, index, index + 1);
    expectUpTo(await readIndexes(path), 6);
    expect(spentMs).toBe(120);
    expect(said).toEqual(["Lines could not be written at exit."]);
    const stuck = await open({ exitFlushMs: 100, driver: slow });
    hasRoom = false;
    spentMs = 0;
    append(stuck.sink, 0, 5);
    exit(() => spentMs);
    append(stuck.sink, 5, 6);
    expect(stuck.sink.report()).toMatchObject({ delivered: 0 });
    // Whoever exits next has a clock that stands still.
    hasRoom = true;
    exit();
  });

  test("writes files before descriptors, whichever came first", async () => {
    const order: string[] = [];
    let isFull = true;
    const descriptor = {
      identity: "exit-order",
      chunkBytes: 4096,
      write: (_: Uint8Array, __: number, length: number): number => {
        if (isFull) throw Object.assign(new Error("EAGAIN"), { code: "EAGAIN" });
        order.push("descriptor");
        return length;
      },
      close: () => undefined,
    };
    const stdout = createStdoutSink({ open: () => descriptor });
    await stdout.start();
    const node = createNodeFileDriver();
    const write: FileDriver["writeSync"] = (...args) => {
      order.push("file");
      return node.writeSync(...args);
    };
    const { sink } = await open({ driver: { ...node, writeSync: write } });
    append(sink, 0, 5);
    const written = stdout.write([makeLine(0), makeLine(1)]);
    isFull = false;
    exit();
    expect(order).toEqual(["file", "descriptor"]);
    await Promise.allSettled([written, stdout.close()]);
  });

  test("writes files in the order in which they were opened: a slow one takes none of the time of those before", async () => {
    const node = createNodeFileDriver();
    const order: string[] = [];
    const driver = (name: string): FileDriver => ({
      ...node,
      writeSync(...args): number {
        order.push(name);
        return node.writeSync(...args);
      },
    });
    const names = ["journal", "second", "third"];
    const sinks: FileSink[] = [];
    for (const name of names) sinks.push((await open({ driver: driver(name) })).sink);
    for (const sink of sinks) append(sink, 0, 1);
    exit();
    expect(order).toEqual(names);
    for (const sink of sinks) await sink.close();
  });

  test("syncs in the class fsynced, and goes round what is interrupted", async () => {
    const { path, disk, sink } = await open({ durability: "fsynced" });
    disk.fail(
      { operation: "writeSync", code: "EINTR", times: 3 },
      { operation: "writeSync", code: "EAGAIN", times: 2 },
    );
    disk.cutWrites(100, 3);
    append(sink, 0, 10);
    exit();
    expectUpTo(await readIndexes(path), 10);
    expect(disk.calls.some((call) => call.operation === "syncSync")).toBe(true);
  });

  test("of lines that wait for a file that is not open yet says that they are lost", async () => {
    const hold = holdFirst(createNodeFileDriver(), "open");
    const said: unknown[] = [];
    const say = (message: string, facts: unknown): void => void said.push([message, facts]);
    const diagnostics = { info: say, warn: say, error: say };
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path, driver: hold.driver, diagnostics });
    hold.arm();
    const started = sink.start();
    exit();
    expect(said).toEqual([]);
    append(sink, 0, 3);
    exit();
    expect(said).toEqual([[expect.stringContaining("before the file was open"), { path, lines: 3 }]]);
    hold.release();
    await started;
    exit();
    expect(said).toHaveLength(1);
    await sink.close();
    expectUpTo(await readIndexes(path), 3);
  });

  test("leaves a rotation that cannot be made, not the lines", async () => {
    const { path, disk, sink } = await open({ rotate: { maxBytes: 2000 } });
    disk.fail({ operation: "openSync", code: "EMFILE" });
    append(sink, 0, 100);
    exit();
    expectUpTo(await readIndexes(path), 100);
    expect((await verify(path)).ok).toBe(true);
  });
});
