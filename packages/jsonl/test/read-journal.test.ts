import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSegmentName, readJournal, type JournalEntry, type ReadJournalOptions } from "../src/index.ts";
import { collect, EPOCHS, eventLines } from "./lines-of.ts";
import { tempFolder } from "./temp-folder.ts";
import { ToyJournal } from "./toy-journal.ts";

const brief = (entries: readonly JournalEntry[]): unknown[] =>
  entries.map((entry) => {
    if (entry.kind === "line") return entry.id;
    return entry.kind === "hole" ? { from: entry.from, to: entry.to, missing: entry.missing } : entry.problem;
  });
const readAll = async (journal: ToyJournal, options: ReadJournalOptions = {}): Promise<unknown[]> =>
  brief(await collect(readJournal(journal.location, options)));

/** Several epochs over segments in all their forms. */
async function variedJournal(): Promise<ToyJournal> {
  const journal = new ToyJournal(await tempFolder());
  journal.append(50);
  journal.seal();
  journal.append(50);
  journal.reopen();
  journal.append(30, 5000);
  journal.seal();
  journal.append(40);
  journal.seal();
  journal.finish("compressed");
  journal.finish("sealed");
  journal.reopen();
  journal.append(60, 3000);
  return journal;
}

describe("a journal at rest", () => {
  test("is read through all its segments, in order", async () => {
    const journal = await variedJournal();
    expect(await readAll(journal)).toEqual(journal.ids);
    expect(await readAll(journal, { chunkBytes: 64, check: "shape" })).toEqual(journal.ids);
  });

  test("is read on after any of its events, with and without a hint", async () => {
    const journal = await variedJournal();
    const entries = await collect(readJournal(journal.location));
    for (const [at, id] of journal.ids.entries()) {
      if (at % 7 !== 0 && at < journal.ids.length - 2) continue;
      expect(await readAll(journal, { after: { id } })).toEqual(journal.ids.slice(at + 1));
      const entry = entries[at];
      const hint = { file: basename(entry?.kind === "line" ? entry.file : ""), offset: entry?.offset ?? 0 };
      expect(await readAll(journal, { after: { id, hint } })).toEqual(journal.ids.slice(at + 1));
      expect(await readAll(journal, { after: { id, hint: { ...hint, offset: hint.offset + 1 } } })).toEqual(
        journal.ids.slice(at + 1),
      );
    }
  });

  test("has nothing after its end, nor where there is no journal", async () => {
    const journal = new ToyJournal(await tempFolder());
    expect(await readAll(journal)).toEqual([]);
    journal.append(3);
    expect(await readAll(journal, { after: { id: `${EPOCHS[0]}:3` } })).toEqual([]);
    expect(await readAll(journal, { after: { id: `${EPOCHS[0]}:99` } })).toEqual([]);
    expect(await readAll(journal, { after: { id: `${EPOCHS[2]}:1` } })).toEqual([]);
  });

  test("says what is missing before, between and within its files", async () => {
    const journal = new ToyJournal(await tempFolder());
    for (let segment = 0; segment < 4; segment++) {
      journal.append(10);
      if (segment < 3) journal.seal();
    }
    journal.skip(2);
    journal.append(1);
    journal.reopen();
    journal.skip(4);
    journal.append(1);
    journal.retire();
    const [, third] = journal.sealed;
    if (third !== undefined) rmSync(journal.pathOf(third));
    const [e1, e2] = EPOCHS;
    const ids = (from: number, to: number): string[] => journal.ids.slice(from - 1, to);
    const after10 = [
      ...ids(11, 20),
      { from: `${e1}:20`, to: `${e1}:31`, missing: 10 },
      ...ids(31, 40),
      { from: `${e1}:40`, to: `${e1}:43`, missing: 2 },
      `${e1}:43`,
      { from: undefined, to: `${e2}:5`, missing: 4 },
      `${e2}:5`,
    ];
    expect(await readAll(journal)).toEqual(after10);
    expect(await readAll(journal, { after: { id: `${e1}:10` } })).toEqual(after10);
    expect(await readAll(journal, { after: { id: `${e1}:5` } })).toEqual([
      { from: `${e1}:5`, to: `${e1}:11`, missing: 5 },
      ...after10,
    ]);
    expect(await readAll(journal, { after: { id: `${e1}:25` } })).toEqual([
      { from: `${e1}:25`, to: `${e1}:31`, missing: 5 },
      ...after10.slice(11),
    ]);
  });

  test("keeps damage in its place, and never gives a number twice", async () => {
    const journal = new ToyJournal(await tempFolder());
    journal.append(3);
    appendFileSync(journal.location.path, `garbage\n${eventLines(2, 3)}`);
    journal.append(1);
    appendFileSync(journal.location.path, "half a li");
    journal.seal();
    journal.append(1);
    appendFileSync(journal.location.path, '{"id":"still being writ');
    const [one, two, three, four, five] = journal.ids;
    expect(await readAll(journal)).toEqual([
      one,
      two,
      three,
      "not-json",
      "out-of-order",
      "out-of-order",
      four,
      "torn",
      five,
    ]);
  });

  test("an epoch that comes back is told from one that is new", async () => {
    const journal = new ToyJournal(await tempFolder());
    writeFileSync(journal.location.path, eventLines(1, 2) + eventLines(1, 1, EPOCHS[1]) + eventLines(2, 4));
    const [a, b] = EPOCHS;
    expect(await readAll(journal)).toEqual([`${a}:1`, `${a}:2`, `${b}:1`, "out-of-order", `${a}:3`, `${a}:4`]);
  });

  test("a cursor that is none is refused, and a listed segment that is not there does not hold it up", async () => {
    const journal = new ToyJournal(await tempFolder());
    journal.append(2);
    const name = formatSegmentName({ stem: "checkout", epoch: "0000000000000", firstSeq: 1, form: "sealed" });
    symlinkSync("nowhere", join(journal.location.directory, name));
    expect(await readAll(journal)).toEqual(journal.ids);
    await expect(readAll(journal, { after: { id: "x" } })).rejects.toMatchObject({ code: "PLB_JSONL_CURSOR_INVALID" });
  });
});

describe("a journal that goes on meanwhile", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("seal" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("finish" as const),
        form: fc.constantFrom("sealed" as const, "compressed" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
  );
  type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
  const act = (journal: ToyJournal, one: Step): void => {
    if (one.do === "append") journal.append(one.count);
    else if (one.do === "seal") journal.seal();
    else if (one.do === "finish") journal.finish(one.form);
    else if (journal.epoch !== EPOCHS[2]) journal.reopen();
  };
  const steps = fc.array(step, { minLength: 1, maxLength: 25 });

  test("gives each event once, in order, and all that were there when the end was reached", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        steps,
        fc.constantFrom(64, 300, 5000),
        fc.nat(),
        async (before, during, chunkBytes, at) => {
          const journal = new ToyJournal(await tempFolder());
          for (const one of before) act(journal, one);
          const after = journal.ids[at % (journal.ids.length + 1)];
          const started = after === undefined ? 0 : journal.ids.indexOf(after) + 1;
          // The writer runs between the reader's own steps, wherever those happen to wait.
          let pending = [...during];
          const writing = (async (): Promise<void> => {
            for (const one of during) {
              await new Promise((resolve) => setImmediate(resolve));
              act(journal, one);
              pending = pending.slice(1);
            }
          })();
          const there = journal.ids.length;
          const read = await readAll(journal, { chunkBytes, ...(after === undefined ? {} : { after: { id: after } }) });
          expect(read).toEqual(journal.ids.slice(started, started + read.length));
          expect(read.length).toBeGreaterThanOrEqual(there - started);
          await writing;
          expect(pending).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("goes on where a pass has ended, pass after pass, without a seam", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 2, maxLength: 6 }), async (rounds) => {
        const journal = new ToyJournal(await tempFolder());
        const read: unknown[] = [];
        for (const round of rounds) {
          for (const one of round) act(journal, one);
          const last = read.at(-1);
          read.push(...(await readAll(journal, typeof last === "string" ? { after: { id: last } } : {})));
        }
        expect(read).toEqual(journal.ids);
      }),
      { numRuns: 40 },
    );
  });

  /** Reads a journal of two segments and the active file, and does something when the line with this id has come. */
  async function readAndDo(
    at: number,
    action: (journal: ToyJournal) => void,
  ): Promise<{ journal: ToyJournal; read: unknown[] }> {
    const journal = new ToyJournal(await tempFolder());
    for (let segment = 0; segment < 2; segment++) {
      journal.append(10);
      journal.seal();
    }
    journal.append(10);
    const read: unknown[] = [];
    const trigger = journal.ids[at - 1];
    for await (const batch of readJournal(journal.location, { chunkBytes: 64 })) {
      read.push(...brief(batch));
      if (read.at(-1) === trigger) action(journal);
    }
    return { journal, read };
  }

  test("what is written and sealed when the end was all but reached is read as well", async () => {
    const { journal, read } = await readAndDo(30, (journal) => {
      journal.append(3);
      journal.seal();
      journal.append(2);
    });
    expect(journal.ids).toHaveLength(35);
    expect(read).toEqual(journal.ids);
  });

  test("half a line is left alone while it may still grow, and told once its file is sealed", async () => {
    const half = await readAndDo(30, (journal) => appendFileSync(journal.location.path, '{"half'));
    expect(half.read).toEqual(half.journal.ids);
    const sealed = await readAndDo(30, (journal) => {
      appendFileSync(journal.location.path, '{"half');
      journal.seal();
      journal.append(1);
    });
    expect(sealed.read).toEqual([...sealed.journal.ids.slice(0, 30), "torn", ...sealed.journal.ids.slice(30)]);
  });

  test("a segment that was missing from the listing is looked for before anything counts as lost", async () => {
    const journal = new ToyJournal(await tempFolder());
    for (let segment = 0; segment < 3; segment++) {
      journal.append(10);
      journal.seal();
    }
    const second = journal.sealed[1];
    const path = second === undefined ? "" : journal.pathOf(second);
    // As when the folder is read just while the file is renamed.
    renameSync(path, `${path}.hidden`);
    const read: unknown[] = [];
    for await (const batch of readJournal(journal.location, { chunkBytes: 64 })) {
      if (read.length === 0) renameSync(`${path}.hidden`, path);
      read.push(...brief(batch));
    }
    expect(read).toEqual(journal.ids);
  });

  test("what retention removes under the reader comes as a hole, and nothing comes twice", async () => {
    const journal = new ToyJournal(await tempFolder());
    for (let segment = 0; segment < 6; segment++) {
      journal.append(20);
      journal.seal();
      journal.finish("sealed");
    }
    journal.append(5);
    const entries: JournalEntry[] = [];
    for await (const batch of readJournal(journal.location, { chunkBytes: 64 })) {
      entries.push(...batch);
      if (entries.length === 1) for (let gone = 0; gone < 4; gone++) journal.retire();
    }
    const e = EPOCHS[0];
    expect(brief(entries)).toEqual([
      ...journal.ids.slice(0, 20),
      { from: `${e}:20`, to: `${e}:81`, missing: 60 },
      ...journal.ids.slice(80),
    ]);
  });
});
