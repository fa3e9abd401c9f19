import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFileSink, repairFile } from "../src/index.ts";
import { codeOf, makeLine, temporaryDirectory, upTo, verify } from "./scene.ts";

const EPOCH = "0k3f9c2a00000";

/** Lines with ids, as a journal has them. */
function numbered(count: number): readonly Buffer[] {
  return upTo(count).map((index) => {
    const line = makeLine(index, "é😀");
    line.number(EPOCH, index + 1);
    return Buffer.from(`${line.line}\n`);
  });
}

describe("repairFile", () => {
  test("takes out what is damaged and leaves every whole line as it is, byte for byte", async () => {
    const damage = fc.constantFrom(
      Buffer.from("not json\n"),
      Buffer.from('{"cut":\n'),
      Buffer.from("\n"),
      Buffer.from("[1]\n"),
      Buffer.alloc(40),
      Buffer.from("\0\0\n"),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from('{"a":1}{"b":2}\n'),
    );
    const lines = numbered(5);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(damage, { minLength: 6, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        async (pieces, taken) => {
          run += 1;
          const directory = temporaryDirectory();
          const path = join(directory, `c.${EPOCH}-1.jsonl`);
          const parts: Buffer[] = [];
          const damaged: Buffer[] = [];
          for (const [index, piece] of pieces.entries()) {
            // NULs without an end would take the next line with them.
            const isWhole = piece.at(-1) === 0x0a || index === 5;
            if (taken[index] === true && isWhole) damaged.push(piece);
            if (taken[index] === true && isWhole) parts.push(piece);
            const line = lines[index];
            if (line !== undefined) parts.push(line);
          }
          const before = Buffer.concat(parts);
          writeFileSync(path, before, { mode: 0o640 });
          const result = await repairFile(path);
          expect(readFileSync(path).equals(Buffer.concat([...lines]))).toBe(true);
          expect(result).toMatchObject({ path, wholeLines: 5, damaged: damaged.length });
          if (damaged.length === 0) expect(result.setAside).toBeUndefined();
          else expect(readFileSync(result.setAside ?? "").equals(Buffer.concat(damaged))).toBe(true);
          expect(statSync(path).mode & 0o777).toBe(0o640);
          expect(readdirSync(directory).length).toBe(damaged.length === 0 ? 1 : 2);
        },
      ),
      { numRuns: 40 },
    );
    expect(run).toBe(40);
  });

  test("repairs a packed segment, and sets all of one aside that cannot be unpacked to its end", async () => {
    const directory = temporaryDirectory();
    const lines = numbered(2000);
    const first = join(directory, `c.${EPOCH}-1.jsonl.gz`);
    writeFileSync(
      first,
      gzipSync(Buffer.concat([...lines.slice(0, 10), Buffer.from("damage\n"), ...lines.slice(10, 20)])),
    );
    expect(await repairFile(first)).toMatchObject({ wholeLines: 20, damaged: 1 });
    expect(gunzipSync(readFileSync(first)).equals(Buffer.concat(lines.slice(0, 20)))).toBe(true);

    const second = join(directory, `c.${EPOCH}-21.jsonl.gz`);
    const packed = gzipSync(Buffer.concat(lines.slice(20)));
    const cut = packed.subarray(0, Math.trunc(packed.length / 2));
    writeFileSync(second, cut);
    const result = await repairFile(second);
    expect(readFileSync(result.setAside ?? "").equals(cut)).toBe(true);
    const kept = gunzipSync(readFileSync(second));
    expect(kept.equals(Buffer.concat(lines.slice(20)).subarray(0, kept.length))).toBe(true);
    expect(result.wholeLines).toBeGreaterThan(100);
    expect((await verify(join(directory, "c.jsonl"))).counts).toEqual({});
  });

  test("does not touch what is whole, nor what somebody writes", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const sink = createFileSink({ path });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    expect(await codeOf(repairFile(path))).toBe("PLB_FILE_OWNED");
    await sink.close();
    const before = statSync(path, { bigint: true });
    expect(await repairFile(path)).toMatchObject({ wholeLines: 1, damaged: 0, setAside: undefined });
    expect(statSync(path, { bigint: true }).ino).toBe(before.ino);
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });

  test("does not touch what somebody writes by a symlink either, nor in a dry run", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const folder = temporaryDirectory();
    const link = join(folder, "link.jsonl");
    symlinkSync(path, link);
    const sink = createFileSink({ path });
    await sink.start();
    await sink.appendAsync(makeLine(0));
    appendFileSync(path, "not json\n");
    expect(await codeOf(repairFile(link))).toBe("PLB_FILE_OWNED");
    expect(await codeOf(repairFile(link, { isDryRun: true }))).toBe("PLB_FILE_OWNED");
    await sink.close();
    expect(await repairFile(link)).toMatchObject({ path: link, wholeLines: 1, damaged: 1 });
    expect(readdirSync(folder)).toEqual(["link.jsonl"]);
    expect(readdirSync(directory).some((name) => name.startsWith("c.torn-"))).toBe(true);
  });

  test("takes the ending of the file itself for how it is packed, whatever that of a symlink to it", async () => {
    const directory = temporaryDirectory();
    const packed = join(directory, `c.${EPOCH}-1.jsonl.gz`);
    writeFileSync(packed, gzipSync(Buffer.concat(numbered(3))));
    const link = join(directory, "link.jsonl");
    symlinkSync(packed, link);
    expect(await repairFile(link)).toMatchObject({ path: link, wholeLines: 3, damaged: 0, setAside: undefined });
  });

  test("of a file that is not there is an error with a code", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    expect(await codeOf(repairFile(path))).toBe("PLB_JSONL_READ_FAILED");
    expect(existsSync(path)).toBe(false);
  });
});
