import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMark } from "../src/mark.ts";
import { inspect, type Expected, type Findings } from "../src/oracle.ts";

const EPOCHS = ["1k7tl00000000", "1k7tm00000000"] as const;
const CLEAN = { lost: 0, holes: 0, torn: 0, repeated: 0, reordered: 0 };

let folder: string;
let made = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumbline-oracle-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function line(n: number, seq: number = n, epoch: string = EPOCHS[0]): string {
  return JSON.stringify({ id: `${epoch}:${seq}`, name: "lab", attributes: { lab: createMark("w", n, "small") } });
}

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
}

function file(text: string | Buffer, name = "jsonl"): string {
  made += 1;
  const path = join(folder, `${made}.${name}`);
  writeFileSync(path, text);
  return path;
}

function read(
  text: string,
  due: readonly number[] = [],
  ids?: Expected["ids"],
): Omit<Findings, "details" | "events" | "saidDropped"> {
  const { lost, holes, torn, repeated, reordered } = inspect([[file(text)]], {
    due: new Map([["w", due]]),
    ...(ids === undefined ? {} : { ids }),
  });
  return { lost, holes, torn, repeated, reordered };
}

const whole = (texts: readonly string[]): string => `${texts.join("\n")}\n`;

describe("what is well", () => {
  test("whole lines in order, also across files, compressed ones and epochs", () => {
    const chain = [
      file(whole(lines(1, 3))),
      file(gzipSync(whole(lines(4, 5))), "jsonl.gz"),
      file(whole([line(6, 1, EPOCHS[1]), line(7, 2, EPOCHS[1])])),
    ];
    const findings = inspect([chain], { due: new Map([["w", [1, 2, 3, 4, 5, 6, 7]]]) });
    expect(findings).toMatchObject({ ...CLEAN, events: 7, details: [] });
  });

  test.each(["attributes", "properties", undefined])("the mark below %s", (place) => {
    const lab = createMark("w", 1, "mixed");
    expect(read(`${JSON.stringify(place === undefined ? { lab } : { [place]: { lab } })}\n`, [1])).toEqual(CLEAN);
  });

  test("the sink's own record of what it dropped", () => {
    const record = {
      id: `${EPOCHS[0]}:2`,
      name: "plumbline.lines.dropped",
      attributes: { "plumbline.dropped.count": 41 },
    };
    const findings = inspect([[file(whole([line(1), JSON.stringify(record)]))]], { due: new Map() });
    expect(findings).toMatchObject({ ...CLEAN, saidDropped: 41, events: 1 });
  });
});

describe("planted faults", () => {
  test("a missing event is lost, and its id is a hole", () => {
    expect(read(whole([line(1), line(3)]), [1, 2, 3])).toEqual({ ...CLEAN, lost: 1, holes: 1 });
  });

  test("two lines spliced into each other", () => {
    const [a, b] = [line(1), line(2)];
    const text = `${a.slice(0, 90)}${b}\n${a.slice(90)}\n`;
    expect(read(text, [1, 2])).toMatchObject({ lost: 2, torn: 2 });
  });

  test("a splice that still is JSON", () => {
    const [a, b] = [line(1), line(8)];
    const at = a.indexOf('"pad"');
    const spliced = a.slice(0, at) + b.slice(b.indexOf('"pad"'));
    expect(() => JSON.parse(spliced) as unknown).not.toThrow();
    expect(read(`${spliced}\n`, [1])).toMatchObject({ torn: 1, lost: 1 });
  });

  test("a line cut inside a character", () => {
    const bytes = Buffer.from(line(1));
    const cut = bytes.subarray(0, bytes.indexOf("漢") + 1);
    const findings = inspect([[file(Buffer.concat([cut, Buffer.from(`\n${line(2)}\n`)]))]], { due: new Map() });
    expect(findings).toMatchObject({ torn: 1, events: 1 });
  });

  test("a torn tail, and a whole line without its newline", () => {
    expect(read(`${line(1)}\n${line(2).slice(0, 50)}`)).toMatchObject({ torn: 1 });
    expect(read(`${line(1)}\n${line(2)}`, [1, 2])).toMatchObject({ torn: 1, lost: 1 });
  });

  test("NULs, an empty line, a line of nobody's, a compressed file that ends early", () => {
    expect(read(`${line(1)}\n${"\0".repeat(100)}`)).toMatchObject({ torn: 1 });
    expect(read(`${line(1)}\n${"\0".repeat(100)}${line(2)}\n`)).toMatchObject({ torn: 1 });
    expect(read(`${line(1)}\n\n${line(2)}\n`)).toMatchObject({ torn: 1 });
    expect(read(`${line(1)}\n{"hello":1}\n`)).toMatchObject({ torn: 1 });
    const cut = gzipSync(whole(lines(1, 50))).subarray(0, -20);
    expect(inspect([[file(cut, "jsonl.gz")]], { due: new Map() })).toMatchObject({ torn: 1, events: 0 });
  });

  test("an event that stands there twice", () => {
    expect(read(whole([line(1), line(2), line(2, 3)]))).toEqual({ ...CLEAN, repeated: 1 });
  });

  test("an id given twice", () => {
    expect(read(whole([line(1), line(2, 1)]))).toEqual({ ...CLEAN, repeated: 1 });
  });

  test("an id given twice in different chains", () => {
    const chains = [[file(whole(lines(1, 2)))], [file(whole([line(1, 1)]))]];
    expect(inspect(chains, { due: new Map() })).toMatchObject({ repeated: 2 });
  });

  test("swapped lines", () => {
    expect(read(whole([line(1, 1), line(3, 2), line(2, 3)]))).toEqual({ ...CLEAN, reordered: 1 });
    expect(read(whole([line(1), line(3), line(2)]))).toMatchObject({ reordered: 2 });
  });

  test("an epoch that goes on after another one began: two owners of one file", () => {
    expect(read(whole([line(1), line(2, 1, EPOCHS[1]), line(3, 2)]))).toEqual({ ...CLEAN, reordered: 1 });
  });

  test("a line that carries another id than was acknowledged", () => {
    expect(read(whole([line(1)]), [1], new Map([["w#1", `${EPOCHS[0]}:7`]]))).toMatchObject({ torn: 1 });
  });

  test("every finding is named with its file and line", () => {
    const path = file(`${line(1)}\nno json\n`);
    const { details } = inspect([[path]], { due: new Map() });
    expect(details).toEqual([expect.stringMatching(/^\d+\.jsonl:2 \(byte \d+\): no JSON/)]);
  });
});
