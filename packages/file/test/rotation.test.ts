import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { formatHold, formatHoldName, hasPacking, journalLocation, listSegments } from "@plumbline/jsonl";
import { createFakeClock, createFaultyDisk } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import {
  createFileSink,
  createNodeFileDriver,
  type FileDriver,
  type FileSink,
  type RotateOptions,
} from "../src/index.ts";
import { codeOf, expectUpTo, makeLine, readIndexes, readLinesOf, temporaryDirectory, upTo, verify } from "./scene.ts";

async function segmentsOf(path: string): Promise<readonly string[]> {
  const { segments } = await listSegments(journalLocation(path));
  return segments.map((segment) => segment.path);
}

async function open(path: string, rotate: RotateOptions): Promise<FileSink> {
  const sink = createFileSink({ path, rotate });
  await sink.start();
  return sink;
}

const ENDINGS = { none: ".jsonl", gzip: ".jsonl.gz", zstd: ".jsonl.zst" } as const;

const FOREIGN = `${JSON.stringify({ name: "foreign" })}\n`;

function replaceBy(path: string, text: string): void {
  rmSync(path);
  writeFileSync(path, text);
}

/** Lets the event loop turn until something has come about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("rotation", () => {
  test.runIf(!hasPacking("zstd"))("by zstd is refused by a code where this Node has none", () => {
    expect(() => createFileSink({ path: "c.jsonl", rotate: { compress: "zstd" } })).toThrow(
      expect.objectContaining({
        code: "PLB_FILE_OPTION_INVALID",
        message: expect.stringContaining("22.15") as unknown,
      }),
    );
  });

  test.for(["none", "gzip", "zstd"] as const)(
    "by size never goes past it but for one larger line (%s)",
    async (compress, { skip }) => {
      skip(compress !== "none" && !hasPacking(compress), "this Node has no zstd");
      const path = join(temporaryDirectory(), "c.jsonl");
      const maxBytes = 4096;
      const sink = await open(path, { maxBytes, compress });
      for (let index = 0; index < 1500; index++) {
        sink.append(makeLine(index, index % 200 === 100 ? "é".repeat(5000) : "é".repeat(index % 97)));
        if (index % 400 === 0) await sink.flush();
      }
      await sink.close();
      expectUpTo(await readIndexes(path), 1500);
      expect((await verify(path)).ok).toBe(true);
      const files = await segmentsOf(path);
      expect(files.length).toBeGreaterThan(50);
      expect(files.every((file) => file.endsWith(ENDINGS[compress]))).toBe(true);
      if (compress !== "none") return;
      const sizes = files.map((file) => statSync(file).size);
      const larger = sizes.filter((size) => size > maxBytes);
      // The larger lines stand alone in a file each.
      expect(larger.length).toBe(7);
      // Nothing more would have fitted in: each but the last is at most one line short of full.
      expect(sizes.filter((size) => size < maxBytes - 500).length).toBeLessThanOrEqual(8);
    },
  );

  test("by age, also of a file that nobody writes to, and never of an empty one", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const clock = createFakeClock({ startMicros: Date.now() * 1000 });
    const sink = createFileSink({ path, clock, rotate: { maxAgeMs: 60_000 } });
    await sink.start();
    await clock.advance(600_000);
    expect(sink.report().file?.counts.rotations).toBe(0);
    sink.append(makeLine(0));
    await sink.flush();
    while (sink.report().file?.counts.rotations === 0) await clock.advance(1000);
    sink.append(makeLine(1));
    await sink.close();
    expect(clock.pendingTimers).toBe(0);
    expect(await readIndexes(path)).toEqual([0, 1]);
    expect((await segmentsOf(path)).length).toBe(1);
  });

  test("by age counts from now where the clock was ahead and is set right", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const clock = createFakeClock({ startMicros: (Date.now() + 3_600_000) * 1000 });
    const sink = createFileSink({ path, clock, rotate: { maxAgeMs: 60_000 } });
    await sink.start();
    sink.append(makeLine(0));
    await sink.flush();
    clock.stepWall(-3_600_000_000);
    for (let step = 0; step < 150; step++) await clock.advance(1000);
    sink.append(makeLine(1));
    await sink.flush();
    expect(sink.report().file?.counts.rotations).toBe(1);
    await sink.close();
  });

  test("leaves a file alone that others make under the path meanwhile, and goes on in it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const clock = createFakeClock();
    const node = createNodeFileDriver();
    let isArmed = false;
    const rename: FileDriver["rename"] = async (from, to) => {
      await node.rename(from, to);
      if (isArmed && from === path) writeFileSync(path, '{"others":1}\n');
    };
    const sink = createFileSink({ path, clock, driver: { ...node, rename } });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    isArmed = true;
    expect(await codeOf(sink.rotate())).toBe("fulfilled");
    isArmed = false;
    await sink.appendAsync(makeLine(1));
    await clock.advance(1000);
    await sink.appendAsync(makeLine(2));
    await sink.close();
    expect(sink.report()).toMatchObject({ delivered: 3 });
    expect((await segmentsOf(path)).length).toBe(1);
    expect(readdirSync(directory).filter((name) => name.endsWith(".sealing"))).toEqual([]);
    expect(readFileSync(path, "utf8").split("\n")[0]).toBe('{"others":1}');
    expect(sink.report().dropped).toEqual({});
    expect((await readLinesOf(path)).filter((line) => line.includes('"index"')).length).toBe(3);
  });

  test.each([
    { others: "write to the empty file", change: (path: string): void => appendFileSync(path, FOREIGN) },
    { others: "put a file of theirs there", change: (path: string): void => replaceBy(path, FOREIGN) },
    {
      others: "empty the file and write to it",
      lines: 3,
      change: (path: string): void => writeFileSync(path, FOREIGN),
    },
  ])("loses nothing where others $others, which has no ids", async ({ change, lines = 0 }) => {
    for (const first of ["line", "rotation"]) {
      const path = join(temporaryDirectory(), "c.jsonl");
      const clock = createFakeClock();
      const sink = createFileSink({ path, clock, rotate: { maxBytes: 1_000_000 } });
      await sink.start();
      await sink.appendAsync(makeLine(0), "written");
      await sink.rotate();
      await until(() => sink.report().file?.counts.segmentsSealed === 1);
      for (let index = 0; index < lines; index++) await sink.appendAsync(makeLine(900 + index), "written");
      change(path);
      await clock.advance(1000); // so long a file that was moved may be unseen
      if (first === "rotation") await sink.rotate();
      for (let index = 1; index < 4; index++) {
        await sink.appendAsync(makeLine(index), "written");
        await sink.rotate();
        await until(() => sink.report().file?.sealing === 0);
      }
      await sink.appendAsync(makeLine(4), "written");
      await sink.close();
      expectUpTo(await readIndexes(path), 5);
      expect((await readLinesOf(path)).filter((line) => `${line}\n` === FOREIGN)).toHaveLength(1);
      const seqs = (await readLinesOf(path)).flatMap((line) => /"id":"[^":]*:(\d+)"/.exec(line)?.[1] ?? []).map(Number);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    }
  });

  test.each(["running", "stopped"])(
    "loses nothing where a copy of a sealed segment is put back, while it is %s",
    async (state) => {
      const path = join(temporaryDirectory(), "c.jsonl");
      const clock = createFakeClock();
      let sink = createFileSink({ path, clock });
      const rotate = async (): Promise<void> => {
        await sink.rotate();
        await until(() => sink.report().file?.sealing === 0);
      };
      await sink.start();
      await sink.appendAsync(makeLine(0), "written");
      await rotate();
      await sink.appendAsync(makeLine(1), "written");
      const [sealed = ""] = await segmentsOf(path);
      if (state === "stopped") await sink.close();
      const replaced = readFileSync(path, "utf8");
      replaceBy(path, readFileSync(sealed, "utf8"));
      if (state === "stopped") {
        sink = createFileSink({ path, clock });
        await sink.start();
      }
      await clock.advance(1000); // so long a file that was moved may be unseen
      for (const index of [2, 3]) {
        await sink.appendAsync(makeLine(index), "written");
        await rotate();
      }
      await sink.close();
      expect(replaced).toContain('"index":1');
      expect((await readIndexes(path)).toSorted((a, b) => a - b)).toEqual([0, 0, 2, 3]);
    },
  );

  test("never waits for room in a file that is larger than it may get before a line is in it", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const clock = createFakeClock();
    const sink = createFileSink({ path, clock, rotate: { maxBytes: 1000 } });
    await sink.start();
    await sink.appendAsync(makeLine(0), "written");
    replaceBy(path, FOREIGN.repeat(200));
    await clock.advance(1000);
    for (let index = 1; index < 20; index++) await sink.appendAsync(makeLine(index), "written");
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(19).map((index) => index + 1));
  });

  test("says what others have put in the way meanwhile, and seals the file when that is gone", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const clock = createFakeClock();
    const node = createNodeFileDriver();
    let isArmed = true;
    const rename: FileDriver["rename"] = async (from, to) => {
      await node.rename(from, to);
      if (!isArmed || from !== path) return;
      isArmed = false;
      mkdirSync(path);
    };
    const sink = createFileSink({ path, clock, driver: { ...node, rename } });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    expect(await codeOf(sink.rotate())).toBe("PLB_FILE_IS_DIRECTORY");
    rmSync(path, { recursive: true });
    await sink.appendAsync(makeLine(1));
    await clock.advance(1000);
    await sink.appendAsync(makeLine(2));
    await sink.close();
    expect(await readIndexes(path)).toEqual([0, 1, 2]);
    expect((await segmentsOf(path)).length).toBe(1);
    expect(readdirSync(directory).filter((name) => name.endsWith(".sealing"))).toEqual([]);
  });

  test("is over for a segment that others remove before it is sealed", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const clock = createFakeClock();
    const node = createNodeFileDriver();
    const disk = createFaultyDisk(node);
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const diagnostics = { info: say, warn: say, error: say };
    const sink = createFileSink({ path, clock, diagnostics, driver: disk.driver, rotate: { compress: "gzip" } });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    const release = disk.stall("sync");
    await sink.rotate();
    for (const name of readdirSync(join(path, ".."))) if (name.endsWith(".sealing")) rmSync(join(path, "..", name));
    release();
    while (sink.report().file?.sealing !== 0) await clock.advance(1000);
    expect(sink.report().file?.counts.sealFailures).toBe(0);
    expect(said).toEqual(["A segment was removed by somebody else before it was sealed."]);
    await sink.appendAsync(makeLine(1), "fsynced");
    await sink.close();
  });

  test("when asked for, under load, loses and reorders nothing", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = await open(path, { compress: "gzip" });
    await sink.rotate();
    let index = 0;
    for (let round = 0; round < 20; round++) {
      for (let step = 0; step < 200; step++) sink.append(makeLine(index++));
      const rotated = sink.rotate();
      for (let step = 0; step < 200; step++) sink.append(makeLine(index++));
      await rotated;
    }
    await sink.close();
    expectUpTo(await readIndexes(path), 8000);
    expect((await verify(path)).ok).toBe(true);
    expect((await segmentsOf(path)).length).toBe(20);
  });

  test("on SIGHUP where that is asked for, and only there, until it is closed", async () => {
    const listeners = process.listenerCount("SIGHUP");
    const [asked, other] = [join(temporaryDirectory(), "c.jsonl"), join(temporaryDirectory(), "c.jsonl")];
    const sinks = [createFileSink({ path: asked, rotateOnSighup: true }), createFileSink({ path: other })];
    for (const sink of sinks) {
      await sink.start();
      await sink.appendAsync(makeLine(0));
    }
    expect(process.listenerCount("SIGHUP")).toBe(listeners + 1);
    // What a listener hears of the signal; sent for real it would end the runner of the tests, should nobody listen.
    process.emit("SIGHUP");
    while (sinks[0]?.report().file?.counts.rotations === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const sink of sinks) {
      await sink.appendAsync(makeLine(1));
      await sink.close();
    }
    expect((await segmentsOf(asked)).length).toBe(1);
    expect((await segmentsOf(other)).length).toBe(0);
    expectUpTo(await readIndexes(asked), 2);
    expect(process.listenerCount("SIGHUP")).toBe(listeners);
  });

  test("that fails lets the file go on, beyond its size, and says so", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const clock = createFakeClock();
    const sink = createFileSink({ path, driver: disk.driver, clock, rotate: { maxBytes: 2000 } });
    await sink.start();
    disk.fail({ operation: "rename", code: "EACCES", times: 2 });
    for (let index = 0; index < 50; index++) sink.append(makeLine(index));
    await sink.flush();
    expect(statSync(path).size).toBeGreaterThan(4000);
    expect(sink.report()).toMatchObject({ delivered: 50, file: { counts: { rotations: 0, rotationFailures: 1 } } });
    await clock.advance(6000);
    expect(await codeOf(sink.rotate())).toBe("PLB_FILE_NO_ACCESS");
    await clock.advance(6000);
    disk.fail({ operation: "open", code: "EMFILE" });
    expect(await codeOf(sink.rotate())).toBe("PLB_FILE_WRITE_FAILED");
    await clock.advance(6000);
    for (let index = 50; index < 100; index++) sink.append(makeLine(index));
    await sink.close();
    expect(sink.report().delivered).toBe(100);
    expectUpTo(await readIndexes(path), 100);
    expect((await verify(path)).ok).toBe(true);
  });

  test("of lines without ids names segments by their count", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let run = 0; run < 2; run++) {
      const sink = createFileSink({ path, lines: "plain", rotate: { maxBytes: 1000 } });
      await sink.start();
      for (let index = 0; index < 50; index++) sink.append(makeLine(run * 50 + index));
      await sink.close();
    }
    expectUpTo(await readIndexes(path), 100);
    expect((await segmentsOf(path)).length).toBeGreaterThan(10);
  });

  test("seals a file of another program under a name that sorts before its own", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    writeFileSync(path, `${makeLine(0).line}\n`);
    const sink = await open(path, {});
    await sink.rotate();
    sink.append(makeLine(1));
    await sink.rotate();
    sink.append(makeLine(2));
    await sink.close();
    expect(await readIndexes(path)).toEqual([0, 1, 2]);
  });
});

describe("retention", () => {
  async function fill(path: string, rotate: RotateOptions, rounds: number): Promise<FileSink> {
    const sink = createFileSink({ path, rotate });
    await sink.start();
    for (let round = 0; round < rounds; round++) {
      for (let step = 0; step < 10; step++) sink.append(makeLine(round * 10 + step));
      await sink.rotate();
    }
    return sink;
  }

  test("keeps so many segments, the newest", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = await fill(path, { keep: 3 }, 10);
    await sink.close();
    expect(await readIndexes(path)).toEqual(upTo(30).map((index) => index + 70));
    expect((await verify(path)).counts).toEqual({});
  });

  test("keeps so many bytes", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = await fill(path, { keepBytes: 5000 }, 10);
    await sink.close();
    const sizes = (await segmentsOf(path)).map((file) => statSync(file).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5000);
    expect(sizes.length).toBeGreaterThan(1);
  });

  test("keeps them so long, and also looks at the start", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    await (await fill(path, {}, 5)).close();
    const files = await segmentsOf(path);
    const old = new Date(Date.now() - 3_600_000);
    for (const file of files.slice(0, 3)) utimesSync(file, old, old);
    const sink = await open(path, { keepAgeMs: 60_000 });
    await sink.close();
    expect(await segmentsOf(path)).toEqual(files.slice(3));
  });

  test("removes what gets too old while nothing is sealed", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    await (await fill(path, {}, 3)).close();
    const clock = createFakeClock({ startMicros: Date.now() * 1000 });
    const sink = createFileSink({ path, clock, rotate: { keepAgeMs: 3_600_000 } });
    await sink.start();
    expect((await segmentsOf(path)).length).toBe(3);
    while ((await segmentsOf(path)).length > 0) await clock.advance(60_000);
    expect(await segmentsOf(path)).toEqual([]);
    await sink.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test("keeps what a consumer holds, up to a bound, and never removes one out of turn", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const sink = createFileSink({ path, rotate: { keep: 2, holdFactor: 3 } });
    await sink.start();
    const { epoch } = sink;
    const hold = (seq: number, expiresMicros = (Date.now() + 60_000) * 1000): void =>
      writeFileSync(
        join(directory, formatHoldName("c", "collector")),
        formatHold({ consumer: "collector", cursor: { id: `${epoch}:${seq}` }, expiresMicros }),
      );
    const round = async (index: number, left: number): Promise<void> => {
      for (let step = 0; step < 10; step++) sink.append(makeLine(index * 10 + step));
      await sink.rotate();
      // Sealing and retention run in the background.
      const isDone = (): boolean => {
        const counts = sink.report().file?.counts;
        return counts?.segmentsSealed === index + 1 && counts.segmentsRemoved === index + 1 - left;
      };
      while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
      expect((await segmentsOf(path)).length).toBe(left);
    };
    hold(5);
    for (let index = 0; index < 6; index++) await round(index, index + 1);
    // Three times as many as are to be kept: the oldest goes although it is held, and that is counted.
    await round(6, 6);
    expect(sink.report().file?.counts).toMatchObject({ segmentsRemoved: 1, heldSegmentsRemoved: 1 });
    // Read up to the end of the third segment: the second and third may go, those after it stay.
    hold(30);
    await round(7, 5);
    // An expired hold binds nobody.
    hold(30, (Date.now() - 1000) * 1000);
    await round(8, 2);
    expect(sink.report().file?.counts).toMatchObject({ segmentsRemoved: 7, heldSegmentsRemoved: 1 });
    await sink.close();
  });

  test("that cannot remove says so, and lines go on", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const sink = createFileSink({ path, driver: disk.driver, rotate: { keep: 1 } });
    await sink.start();
    disk.fail({ operation: "unlink", code: "EACCES", times: 3 });
    for (let round = 0; round < 6; round++) {
      sink.append(makeLine(round));
      await sink.rotate();
    }
    await sink.close();
    expect(sink.report().delivered).toBe(6);
    expect((await segmentsOf(path)).length).toBeLessThanOrEqual(2);
  });
});

describe("sealing", () => {
  test("that fails is tried again, and the segment is read meanwhile", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const disk = createFaultyDisk(createNodeFileDriver());
    const clock = createFakeClock();
    const sink = createFileSink({ path, driver: disk.driver, clock, rotate: { compress: "gzip" } });
    await sink.start();
    sink.append(makeLine(0));
    await sink.flush();
    // The new file is opened first; what is to be compressed second.
    disk.fail({ operation: "open", code: "EMFILE", after: 1 });
    await sink.rotate();
    while (sink.report().file?.counts.sealFailures === 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await segmentsOf(path))[0]).toMatch(/\.sealing$/);
    expect(await readIndexes(path)).toEqual([0]);
    while (sink.report().file?.counts.segmentsSealed === 0) await clock.advance(1000);
    expect((await segmentsOf(path))[0]).toMatch(/\.jsonl\.gz$/);
    expect(readdirSync(directory).filter((name) => name.includes("sealing"))).toEqual([]);
    await sink.close();
    expect(await readIndexes(path)).toEqual([0]);
  });

  test("goes on in a folder that others clutter", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    mkdirSync(join(directory, "c.0k3f9c2a00000-1.sealing"));
    writeFileSync(join(directory, "c.0k3f9c2a00000-x.sealing"), "");
    const sink = createFileSink({ path });
    sink.append(makeLine(0));
    const started = await codeOf(sink.start());
    rmSync(join(directory, "c.0k3f9c2a00000-1.sealing"), { recursive: true });
    if (started !== "fulfilled") await sink.start();
    await sink.close();
    expect(await readIndexes(path)).toEqual([0]);
  });
});
