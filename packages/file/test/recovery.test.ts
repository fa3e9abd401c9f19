import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFaultyDisk } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { createFileSink, createNodeFileDriver, type FileDriver, type FileSinkOptions } from "../src/index.ts";
import { codeOf, makeLine, readIndexes, readLinesOf, temporaryDirectory, upTo, verify } from "./scene.ts";

async function writeRun(
  path: string,
  indexes: readonly number[],
  options: Partial<FileSinkOptions> = {},
): Promise<string> {
  const sink = createFileSink({ path, ...options });
  await sink.start();
  for (const index of indexes) sink.append(makeLine(index, "é😀"));
  await sink.flush();
  const { epoch } = sink;
  await sink.close();
  return epoch;
}

function tornFiles(directory: string): readonly Buffer[] {
  return readdirSync(directory)
    .filter((name) => name.includes(".torn-"))
    .sort()
    .map((name) => readFileSync(join(directory, name)));
}

describe("a file that a power cut has left", () => {
  test("cut anywhere is taken up again: whole lines stay, the rest is set aside, no id comes twice", async () => {
    const source = join(temporaryDirectory(), "c.jsonl");
    await writeRun(source, [0, 1]);
    const bytes = readFileSync(source);
    const firstEnd = bytes.indexOf(0x0a) + 1;
    for (let cut = 0; cut <= bytes.length; cut += cut > firstEnd - 20 && cut < firstEnd + 20 ? 1 : 3) {
      const directory = temporaryDirectory();
      const path = join(directory, "c.jsonl");
      writeFileSync(path, bytes.subarray(0, cut));
      const epoch = await writeRun(path, [2, 3]);
      const whole = cut === bytes.length ? [0, 1] : cut >= firstEnd ? [0] : [];
      const wholeEnd = whole.length === 2 ? bytes.length : whole.length === 1 ? firstEnd : 0;
      expect(await readIndexes(path), `cut at ${cut}`).toEqual([...whole, 2, 3]);
      expect(Buffer.concat(tornFiles(directory)).equals(bytes.subarray(wholeEnd, cut)), `cut at ${cut}`).toBe(true);
      const report = await verify(path);
      expect(report.counts, `cut at ${cut}`).toEqual({});
      expect(report.epochs.map((each) => each.epoch).at(-1)).toBe(epoch);
    }
  });

  test.each([
    ["NULs behind the last line", (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(5000)])],
    ["NULs and a line feed", (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(10), Buffer.from("\n")])],
    ["nothing but NULs", () => Buffer.alloc(70_000)],
    ["a tail of megabytes", (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(3_000_000, "y")])],
  ] as const)("with %s is taken up again", async (_, damage) => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    await writeRun(path, [0, 1, 2]);
    const whole = readFileSync(path);
    const damaged = damage(whole);
    writeFileSync(path, damaged);
    await writeRun(path, [3]);
    const kept = damaged.length < whole.length || !damaged.subarray(0, whole.length).equals(whole) ? [] : [0, 1, 2];
    expect(await readIndexes(path)).toEqual([...kept, 3]);
    expect(Buffer.concat(tornFiles(directory)).length).toBe(damaged.length - (kept.length > 0 ? whole.length : 0));
    expect((await verify(path)).ok).toBe(true);
  });

  test("has its torn end set aside whole, also where the system takes a few bytes at a time", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    await writeRun(path, [0]);
    const torn = '{"id":"half a line that nobody has ended';
    appendFileSync(path, torn);
    const real = createNodeFileDriver();
    const driver: FileDriver = {
      ...real,
      writeSync: (fd, bytes, start, length, position) =>
        real.writeSync(fd, bytes, start, Math.min(length, 7), position),
    };
    await writeRun(path, [1], { driver });
    expect(Buffer.concat(tornFiles(directory)).toString()).toBe(torn);
    expect(await readIndexes(path)).toEqual([0, 1]);
  });

  test("is left as it was when what is torn cannot be set aside", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    await writeRun(path, [0]);
    appendFileSync(path, "half");
    const before = readFileSync(path);
    const disk = createFaultyDisk(createNodeFileDriver());
    disk.setFreeBytes(2);
    const sink = createFileSink({ path, driver: disk.driver });
    expect(await codeOf(sink.start())).toBe("PLB_FILE_DISK_FULL");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(tornFiles(directory)).toEqual([]);
    disk.mend();
    await sink.start();
    await sink.close();
    expect(tornFiles(directory).map(String)).toEqual(["half"]);
  });

  test("is spoken of once, with the place but not the content", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    await writeRun(path, [0]);
    const marker = ["half", "of", "it"].join("-");
    appendFileSync(path, marker);
    const said: string[] = [];
    const say = (...what: unknown[]): void => void said.push(JSON.stringify(what));
    await writeRun(path, [1], { diagnostics: { info: say, warn: say, error: say } });
    expect(said.length).toBe(1);
    expect(said[0]).toContain(".torn-");
    expect(said[0]).not.toContain(marker);
  });
});

describe("segments that a crash has left half sealed", () => {
  test("are finished at the next start, in order, and readable before", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const epochs: string[] = [];
    for (let run = 0; run < 3; run++) {
      const options = { rotate: { compress: "gzip" } } as const;
      epochs.push(
        await writeRun(
          path,
          upTo(10).map((step) => run * 10 + step),
          options,
        ),
      );
      // Renamed for sealing, and then the power went.
      writeFileSync(join(directory, `c.${epochs[run]}-1.sealing`), readFileSync(path));
      writeFileSync(path, "");
    }
    expect(await readIndexes(path)).toEqual(upTo(30));
    appendFileSync(join(directory, `c.${epochs[2]}-1.sealing`), '{"half":');
    writeFileSync(join(directory, `c.${epochs[1]}-1.sealing.gz`), "half of a compressed one");
    await writeRun(path, [30], { rotate: { compress: "gzip" } });
    expect(
      readdirSync(directory)
        .filter((name) => name.startsWith("c.") && !name.includes("torn"))
        .sort(),
    ).toEqual([...epochs.map((epoch) => `c.${epoch}-1.jsonl.gz`), "c.jsonl"].sort());
    expect(await readIndexes(path)).toEqual(upTo(31));
    expect((await verify(path)).ok).toBe(true);
    expect(tornFiles(directory).map(String)).toEqual(['{"half":']);
  });

  test("are not sealed twice where the final form is there already", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const sink = createFileSink({ path, rotate: { compress: "gzip" } });
    await sink.start();
    for (const index of upTo(5)) sink.append(makeLine(index));
    await sink.rotate();
    const { epoch } = sink;
    await sink.close();
    const final = join(directory, `c.${epoch}-1.jsonl.gz`);
    const before = readFileSync(final);
    writeFileSync(join(directory, `c.${epoch}-1.sealing`), "what was left");
    await writeRun(path, [5], { rotate: { compress: "gzip" } });
    expect(readFileSync(final).equals(before)).toBe(true);
    expect(existsSync(join(directory, `c.${epoch}-1.sealing`))).toBe(false);
    expect((await readLinesOf(path)).length).toBe(6);
  });
});
