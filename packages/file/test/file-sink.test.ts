import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createSystemClock, RetryableError, type EventLine } from "@plumbline/core";
import { formatHold, formatHoldName } from "@plumbline/jsonl";
import { createFaultyDisk, createTestLines } from "@plumbline/testing";
import { describe, expect, test, vi } from "vitest";
import { createFileSink, createNodeFileDriver, FILE_DEFAULTS, type FileDriver } from "../src/index.ts";
import {
  codeOf,
  expectBalanced,
  expectUpTo,
  makeLine,
  readIndexes,
  readLinesOf,
  temporaryDirectory,
  upTo,
  verify,
} from "./scene.ts";

describe("lines", () => {
  test("are written whole, numbered and in order, those before start() too", async () => {
    const path = join(temporaryDirectory(), "a/b/c.jsonl");
    const sink = createFileSink({ path });
    for (let index = 0; index < 3; index++) sink.append(makeLine(index));
    await sink.start();
    for (let index = 3; index < 2000; index++) sink.append(makeLine(index, "é😀".repeat(index % 50)));
    const id = await sink.appendAsync(makeLine(2000));
    expect(id).toBe(`${sink.epoch}:2001`);
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(2001));
    expect(await verify(path)).toMatchObject({ ok: true, events: 2001 });
    expect(sink.report()).toMatchObject({ accepted: 2001, delivered: 2001, queued: 0, inFlight: 0, dropped: {} });
  });

  test("can be read as bytes behind the writing, and are those of the text for as long as they are given", async () => {
    const sink = createFileSink({ path: join(temporaryDirectory(), "c.jsonl") });
    await sink.start();
    using reader = sink.ring.attach();
    const seen = { there: 0, gone: 0 };
    const look = (lines: readonly EventLine[]): void => {
      for (const { line, utf8 } of lines) {
        seen[utf8 === undefined ? "gone" : "there"] += 1;
        if (utf8 !== undefined) expect(utf8.bytes.toString("utf8", utf8.start, utf8.end)).toBe(line);
        if (utf8 !== undefined) expect(utf8.bytes[utf8.end]).toBe(10);
      }
    };
    const kept: EventLine[] = [];
    let last = 0;
    for (let index = 0; index < 4000; index++) {
      await sink.appendAsync(makeLine(index, "é😀".repeat(index % 300)));
      const lines = sink.ring.read(last, "written", 1000);
      last += lines.length;
      reader.passed(last);
      expect(lines.every(({ utf8 }) => utf8 !== undefined)).toBe(true);
      kept.push(...lines);
      if (index % 500 === 499) look(kept);
    }
    await sink.close();
    look(kept);
    expect(kept).toHaveLength(4000);
    expect(Math.min(seen.there, seen.gone)).toBeGreaterThan(0);
  });

  test("of many concurrent writers and many sizes do not splice", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    const writer = async (first: number): Promise<void> => {
      for (let step = 0; step < 40; step++) {
        const index = first * 40 + step;
        await sink.appendAsync(makeLine(index, "x".repeat((index * 7919) % 20_000)));
      }
    };
    await Promise.all(upTo(16).map(writer));
    await sink.close();
    const indexes = await readIndexes(path);
    expect([...indexes].sort((a, b) => a - b)).toEqual(upTo(640));
    for (let first = 0; first < 16; first++) {
      const own = indexes.filter((index) => Math.trunc(index / 40) === first);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect((await verify(path)).ok).toBe(true);
  });

  test("larger than a chunk are written between small ones", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    const sizes = [10, 300_000, 10, 5_000_000, 262_144, 1, 262_000];
    for (const [index, size] of sizes.entries()) sink.append(makeLine(index, "ä".repeat(size)));
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(sizes.length));
    expect((await verify(path)).ok).toBe(true);
  });

  test("of a loop that never yields are written meanwhile, and the queue stays small", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const node = createNodeFileDriver();
    // A disk that is done at once; its callbacks come when the loop yields, as they always do.
    const driver: FileDriver = {
      ...node,
      write: (fd, bytes, start, length, position, done) => {
        const written = node.writeSync(fd, bytes, start, length, position);
        setImmediate(() => done(undefined, written));
      },
    };
    const sink = createFileSink({ path, driver, maxQueueBytes: 2 * 1024 * 1024 });
    await sink.start();
    const text = "x".repeat(2000);
    let mostQueued = 0;
    for (let index = 0; index < 20_000; index++) {
      sink.append(makeLine(index, text));
      if (index % 100 === 0) mostQueued = Math.max(mostQueued, sink.report().queued);
    }
    expect(mostQueued).toBeLessThan(600);
    await sink.close();
    expectUpTo(await readIndexes(path), 20_000);
  });

  test("are put into a chunk when the event loop turns, and not by the call that fills it", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const node = createNodeFileDriver();
    let writes = 0;
    const driver: FileDriver = {
      ...node,
      write(...call) {
        writes += 1;
        node.write(...call);
      },
    };
    const sink = createFileSink({ path, driver, flushIntervalMs: 60_000 });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    writes = 0;
    for (let index = 1; index < 600; index++) sink.append(makeLine(index, "x".repeat(1000)));
    expect(writes).toBe(0);
    // Not after the interval: a whole chunk is there.
    await expect.poll(() => writes).toBeGreaterThan(0);
    await sink.close();
    expectUpTo(await readIndexes(path), 600);
  });

  test("go to the file that is there, after its own", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let run = 0; run < 3; run++) {
      const sink = createFileSink({ path });
      await sink.start();
      for (let index = 0; index < 10; index++) sink.append(makeLine(run * 10 + index));
      await sink.close();
    }
    expect(await readIndexes(path)).toEqual(upTo(30));
    const report = await verify(path);
    expect(report).toMatchObject({ ok: true });
    expect(report.epochs.length).toBe(3);
  });

  test("get a later epoch also when the clock was set back", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const epochs: string[] = [];
    for (const now of [2_000_000_000_000_000, 1_000_000_000_000_000, 1_500_000_000_000_000]) {
      const sink = createFileSink({
        path,
        clock: {
          nowMicros: () => now,
          monotonicMs: () => performance.now(),
          setTimer: () => ({ cancel: () => undefined }),
        },
      });
      await sink.start();
      await sink.appendAsync(makeLine(0));
      epochs.push(sink.epoch);
      await sink.close();
    }
    expect([...epochs].sort()).toEqual(epochs);
    expect(new Set(epochs).size).toBe(3);
  });

  test.each(["none", "gzip"] as const)(
    "get a later epoch also when the clock was set back behind a segment of several, packed by %s",
    async (compress) => {
      const path = join(temporaryDirectory(), "c.jsonl");
      const ids: string[] = [];
      for (const now of [1_000_000_000_000_000, 2_000_000_000_000_000, 1_500_000_000_000_000]) {
        const clock = { ...createSystemClock(), nowMicros: () => now };
        const sink = createFileSink({ path, clock, rotate: { compress } });
        await sink.start();
        ids.push(await sink.appendAsync(makeLine(0)));
        // The first two share a segment, and the file behind it is empty.
        if (ids.length === 2) await sink.rotate();
        await sink.close();
      }
      expect(ids.toSorted()).toEqual(ids);
    },
  );

  test.each(["the segment", "the file, few lines", "the file, many lines"] as const)(
    "get a later epoch also when the clock was set back behind lines of others at the end of %s",
    async (where) => {
      const path = join(temporaryDirectory(), "c.jsonl");
      const others = `${JSON.stringify({ others: "x".repeat(90) })}\n`.repeat(where.endsWith("many lines") ? 9000 : 3);
      const ids: string[] = [];
      for (const now of [1_000_000_000_000_000, 2_000_000_000_000_000, 1_500_000_000_000_000]) {
        const sink = createFileSink({ path, clock: { ...createSystemClock(), nowMicros: () => now } });
        await sink.start();
        ids.push(await sink.appendAsync(makeLine(0)));
        if (ids.length === 2) appendFileSync(path, others);
        if (ids.length === 2 && where === "the segment") await sink.rotate();
        await sink.close();
      }
      expect(ids.toSorted()).toEqual(ids);
    },
  );

  test("get a later epoch than what a consumer has handled, when all before was removed and the clock set back", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const cursor = { id: "1vvvvvvvv0000:5" };
    const hold = formatHold({ consumer: "c", cursor, expiresMicros: Number.MAX_SAFE_INTEGER });
    writeFileSync(join(path, "..", formatHoldName("c", "c")), hold);
    const sink = createFileSink({ path });
    await sink.start();
    expect(sink.epoch > "1vvvvvvvv0000").toBe(true);
    await sink.close();
  });

  test("after close() are counted, not written", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    sink.append(makeLine(0));
    await sink.close();
    sink.append(makeLine(1));
    expect(await codeOf(sink.appendAsync(makeLine(2)))).toBe("PLB_FILE_CLOSED");
    // A pipeline that hands on a batch after the end must not take it for delivered.
    expect(await codeOf(sink.write([makeLine(3)]))).toBe("PLB_FILE_CLOSED");
    expect(sink.report()).toMatchObject({ accepted: 4, delivered: 1, dropped: { closed: 3 } });
    expect(await readIndexes(path)).toEqual([0]);
  });

  test("of a plain sink are written as they are, with an encoder as it says, and on one line", async () => {
    const directory = temporaryDirectory();
    const plain = createFileSink({ path: join(directory, "p.jsonl"), lines: "plain" });
    const encoded = createFileSink({
      path: join(directory, "e.txt"),
      lines: "plain",
      encoder: {
        encode: (line) => {
          if (line.name === "odd") throw new Error("cannot");
          return `${line.severity}\n${line.name ?? ""}`;
        },
      },
    });
    const numbered = createTestLines(3, { epoch: "0k3f9c2a00000" });
    for (const sink of [plain, encoded]) {
      await sink.start();
      await sink.write(numbered);
      await sink.close();
    }
    expect(readFileSync(join(directory, "p.jsonl"), "utf8")).toBe(numbered.map((line) => `${line.line}\n`).join(""));
    expect(readFileSync(join(directory, "e.txt"), "utf8")).toBe("9\\ntest.line\n".repeat(3));
  });
});

describe("start", () => {
  test("makes files 0600 in folders 0700, whatever the umask", async () => {
    const path = join(temporaryDirectory(), "new/c.jsonl");
    const before = process.umask(0o027);
    try {
      const sink = createFileSink({ path });
      const wide = createFileSink({ path: `${path}.wide`, mode: 0o664 });
      await Promise.all([sink.start(), wide.start()]);
      await Promise.all([sink.close(), wide.close()]);
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(FILE_DEFAULTS.mode);
    expect(statSync(`${path}.wide`).mode & 0o777).toBe(0o664);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(FILE_DEFAULTS.directoryMode);
  });

  test("says by its code what is wrong with the path, and may be called again", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "folder"));
    writeFileSync(join(directory, "file"), "");
    writeFileSync(join(directory, "one.jsonl"), "");
    linkSync(join(directory, "one.jsonl"), join(directory, "two.jsonl"));
    symlinkSync("loop-b", join(directory, "loop-a"));
    symlinkSync("loop-a", join(directory, "loop-b"));
    const start = (path: string): Promise<string> => codeOf(createFileSink({ path }).start());
    expect(await start(join(directory, "folder"))).toBe("PLB_FILE_IS_DIRECTORY");
    expect(await start(`${directory}/`)).toBe("PLB_FILE_IS_DIRECTORY");
    expect(await start(join(directory, "file/c.jsonl"))).toBe("PLB_FILE_NOT_A_DIRECTORY");
    expect(await start(join(directory, "one.jsonl"))).toBe("PLB_FILE_HARD_LINKED");
    expect(await start("/dev/null")).toBe("PLB_FILE_NOT_REGULAR");
    expect(await start(join(directory, "loop-a"))).toBe("PLB_FILE_OPEN_FAILED");
    expect(await start(join(directory, "x".repeat(300)))).toBe("PLB_FILE_PATH_TOO_LONG");
    expect(await start(join(directory, "d/".repeat(2100), "c.jsonl"))).toBe("PLB_FILE_PATH_TOO_LONG");

    const path = join(directory, "folder/later");
    mkdirSync(path);
    const sink = createFileSink({ path });
    sink.append(makeLine(0));
    expect(await codeOf(sink.start())).toBe("PLB_FILE_IS_DIRECTORY");
    const { rmdirSync } = await import("node:fs");
    rmdirSync(path);
    await sink.start();
    await sink.close();
    expect(await readIndexes(path)).toEqual([0]);
  });

  test.each([
    ["EACCES", "PLB_FILE_NO_ACCESS"],
    ["EROFS", "PLB_FILE_NO_ACCESS"],
    ["ENOSPC", "PLB_FILE_DISK_FULL"],
    ["EMFILE", "PLB_FILE_OPEN_FAILED"],
  ] as const)("gives the code for %s, and gives the file free again", async (code, expected) => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const sink = createFileSink({ path, driver: disk.driver });
    disk.fail({ operation: "open", code });
    expect(await codeOf(sink.start())).toBe(expected);
    await sink.start();
    await sink.close();
  });

  test("is needed for what only an open file has", async () => {
    const sink = createFileSink({ path: join(temporaryDirectory(), "c.jsonl") });
    for (const read of [() => sink.epoch, () => sink.ring, () => sink.location]) {
      expect(read).toThrow(expect.objectContaining({ code: "PLB_FILE_NOT_STARTED" }));
    }
    expect(await codeOf(sink.rotate())).toBe("PLB_FILE_NOT_STARTED");
    await sink.close();
    await sink.close();
    expect(await codeOf(sink.start())).toBe("PLB_FILE_CLOSED");
  });

  test("refuses options it cannot have", () => {
    const path = "x.jsonl";
    const bad: readonly object[] = [
      { path: "" },
      { path: "a\0b" },
      { path, durability: "sometimes" },
      { path, maxQueueBytes: 0 },
      { path, flushIntervalMs: Number.NaN },
      { path, mode: 0o077 },
      { path, keep: "loud" },
      { path, rotate: { maxBytes: -1 } },
      { path, rotate: { compress: "zip" } },
      { path, lines: "journal", encoder: { encode: String } },
    ];
    for (const options of bad) {
      expect(() => createFileSink(options as { path: string }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: "PLB_FILE_OPTION_INVALID" }),
      );
    }
  });
});

describe("one file, many handles", () => {
  test("share a gate and one sequence of ids, whatever way the path is spelled and whichever copy of the package", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "real"));
    symlinkSync("real", join(directory, "link"));
    symlinkSync("real/c.jsonl", join(directory, "file-link.jsonl"));
    vi.resetModules();
    const copy = await import("../src/index.ts");
    expect(copy.createFileSink).not.toBe(createFileSink);
    const sinks = [
      createFileSink({ path: join(directory, "real/c.jsonl") }),
      createFileSink({ path: join(directory, "link/../real/./c.jsonl") }),
      copy.createFileSink({ path: join(directory, "link/c.jsonl") }),
      copy.createFileSink({ path: join(directory, "file-link.jsonl") }),
    ];
    await Promise.all(sinks.map((sink) => sink.start()));
    expect(new Set(sinks.map((sink) => sink.epoch)).size).toBe(1);
    expect(new Set(sinks.map((sink) => sink.path)).size).toBe(1);
    for (let step = 0; step < 500; step++) {
      for (const [index, sink] of sinks.entries())
        sink.append(makeLine(step * 4 + index, "y".repeat((step * 31) % 3000)));
      if (step % 50 === 0) await sinks[step % 4]?.flush();
    }
    await Promise.all(sinks.slice(1).map((sink) => sink.close()));
    await sinks[0]?.appendAsync(makeLine(2000));
    await sinks[0]?.close();
    const path = join(directory, "real/c.jsonl");
    expect([...(await readIndexes(path))].sort((a, b) => a - b)).toEqual(upTo(2001));
    expect(await verify(path)).toMatchObject({ ok: true, events: 2001 });
    expect((await verify(path)).epochs.length).toBe(1);
    for (const sink of sinks) expectBalanced(sink.report());
  });

  test("must agree on whether lines are numbered", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    const other = createFileSink({ path, lines: "plain" });
    expect(await codeOf(other.start())).toBe("PLB_FILE_OPTION_INVALID");
    await sink.close();
    await other.start();
    await other.close();
  });

  test("close and open again at once", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let round = 0; round < 20; round++) {
      const first = createFileSink({ path });
      await first.start();
      first.append(makeLine(round * 2));
      const second = createFileSink({ path });
      const closed = first.close();
      await second.start();
      second.append(makeLine(round * 2 + 1));
      await Promise.all([closed, second.close()]);
    }
    expect(await readIndexes(path)).toEqual(upTo(40));
    expect((await verify(path)).ok).toBe(true);
  });

  test("close while it opens", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    sink.append(makeLine(0));
    const started = codeOf(sink.start());
    await sink.close();
    await started;
    expect(sink.report()).toMatchObject({ accepted: 1, delivered: 1 });
    expect(await readIndexes(path)).toEqual([0]);
  });
});

describe("flush", () => {
  test.each(["written", "fsynced", undefined] as const)("resolves when all before it is %s", async (durability) => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path, flushIntervalMs: 1_000_000 });
    await sink.start();
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 100; index++) sink.append(makeLine(round * 100 + index));
      await sink.flush(durability === undefined ? {} : { durability });
      expect((await readLinesOf(path)).length).toBe((round + 1) * 100);
      expect(sink.ring.reached(durability ?? "written")).toBe((round + 1) * 100);
    }
    await sink.close();
  });

  test("of nothing resolves, before start() and after close()", async () => {
    const sink = createFileSink({ path: join(temporaryDirectory(), "c.jsonl") });
    await sink.flush();
    await sink.start();
    await sink.flush({ durability: "buffered" });
    await sink.flush({ durability: "fsynced" });
    await sink.close();
    await sink.flush();
  });

  test("gives up when its signal aborts", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const sink = createFileSink({ path: join(temporaryDirectory(), "c.jsonl"), driver: disk.driver });
    await sink.start();
    disk.stall("write");
    sink.append(makeLine(0));
    const abort = new AbortController();
    const flushed = codeOf(sink.flush({ signal: abort.signal }));
    abort.abort();
    expect(await flushed).toBe("PLB_FILE_ABORTED");
    expect(await codeOf(sink.flush({ signal: abort.signal }))).toBe("PLB_FILE_ABORTED");
  });

  test("and appendAsync of each class resolve at that class, neither before nor after", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path, driver: disk.driver });
    await sink.start();
    const classes = ["buffered", "written", "fsynced"] as const;
    const reached: string[] = [];
    const releaseWrite = disk.stall("write");
    const waits = classes.flatMap((durability, index) => [
      sink.appendAsync(makeLine(index), durability).then(() => reached.push(`line ${durability}`)),
      sink.flush({ durability }).then(() => reached.push(`flush ${durability}`)),
    ]);
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    };
    await turns();
    // The line has its number and is in memory; nothing is in the file.
    expect(reached.toSorted()).toEqual(["flush buffered", "line buffered"]);
    expect(readFileSync(path, "utf8")).toBe("");
    const releaseSync = disk.stall("sync");
    releaseWrite();
    while (reached.length < 4) await turns();
    await turns();
    // All three are in the file, and no sync has returned.
    expect(reached.slice(2).toSorted()).toEqual(["flush written", "line written"]);
    expect((await readLinesOf(path)).length).toBe(3);
    expect(sink.ring.reached("fsynced")).toBe(0);
    releaseSync();
    await Promise.all(waits);
    expect(sink.ring.reached("fsynced")).toBe(3);
    await sink.close();
  });

  test("in the class fsynced waits for one sync that serves all", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const sink = createFileSink({
      path: join(temporaryDirectory(), "c.jsonl"),
      driver: disk.driver,
      durability: "fsynced",
    });
    await sink.start();
    const before = disk.calls.length;
    const ids = await Promise.all(upTo(64).map((index) => sink.appendAsync(makeLine(index))));
    expect(new Set(ids).size).toBe(64);
    const calls = disk.calls.slice(before).map((call) => call.operation);
    expect(calls.filter((operation) => operation === "sync").length).toBeLessThanOrEqual(3);
    expect(calls.filter((operation) => operation === "write").length).toBeLessThanOrEqual(3);
    expect(sink.ring.reached("fsynced")).toBe(64);
    await sink.close();
  });
});

describe("write", () => {
  test("numbers lines anew that have a number of another journal, and leaves the line itself alone", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    const lines = createTestLines(5, { epoch: "0k3f9c2a00000", firstSeq: 7 });
    await sink.write(lines);
    const { epoch } = sink;
    await sink.close();
    expect(lines.map((line) => line.id)).toEqual([7, 8, 9, 10, 11].map((seq) => `0k3f9c2a00000:${seq}`));
    const ids = (await readLinesOf(path)).map((line) => (JSON.parse(line) as { id: string }).id);
    expect(ids).toEqual([1, 2, 3, 4, 5].map((seq) => `${epoch}:${seq}`));
  });

  test("is asked again after a failure and past a deadline, and writes nothing twice", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path, driver: disk.driver, lines: "plain" });
    await sink.start();
    const lines = upTo(60).map((index) => makeLine(index));
    disk.fail({ operation: "write", code: "ENOSPC", times: 2 });
    const first = sink.write(lines.slice(0, 20));
    await expect(first).rejects.toSatisfy((error) => RetryableError.isInstance(error));
    await expect(sink.write(lines.slice(0, 20))).rejects.toSatisfy((error) => RetryableError.isInstance(error));
    await sink.write(lines.slice(0, 20));
    const release = disk.stall("write");
    const abort = new AbortController();
    const late = sink.write(lines.slice(20, 40), { signal: abort.signal });
    abort.abort();
    await expect(late).rejects.toSatisfy((error) => RetryableError.isInstance(error));
    const again = sink.write(lines.slice(20, 40));
    const more = sink.write(lines.slice(40));
    release();
    await Promise.all([again, more]);
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(60));
  });
});

test("nothing is left behind but the file and the proof of who owned it", async () => {
  const directory = temporaryDirectory();
  const sink = createFileSink({ path: join(directory, "c.jsonl") });
  await sink.start();
  await sink.close();
  expect(existsSync(join(directory, ".c.own"))).toBe(true);
  const { readdirSync } = await import("node:fs");
  expect(readdirSync(directory).sort()).toEqual([".c.own", "c.jsonl"]);
});
