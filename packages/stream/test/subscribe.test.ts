import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { errorCode, formatId } from "@plumbline/core";
import { createNodeFileDriver } from "@plumbline/file";
import { createFakeClock, createFaultyDisk } from "@plumbline/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lineBytes, subscribe, type StreamItem, type SubscribeOptions, type Subscription } from "../src/index.ts";
import { append, lineOf, openJournal } from "./delivery-scene.ts";
import { brief, EPOCHS, JournalOnDisk, replay } from "./journal-on-disk.ts";
import { tempFolder } from "./temp-folder.ts";

const [A, B, C] = EPOCHS;

/** Three epochs over segments in all their forms. */
async function variedJournal(): Promise<JournalOnDisk> {
  const journal = new JournalOnDisk(await tempFolder());
  journal.append(50).seal("compressed");
  journal.append(50).reopen().append(30).seal("sealed");
  journal.append(40).seal("sealing");
  journal.reopen().append(60);
  return journal;
}

const readFrom = async (
  journal: JournalOnDisk,
  cursor: SubscribeOptions["cursor"],
  options: Partial<SubscribeOptions> = {},
): Promise<unknown[]> => brief(await replay(subscribe(journal.location, { cursor, ...options })));

/** The first batch of events; what only tells how far it has come is passed over. */
const firstEvents = async (subscription: Subscription): Promise<StreamItem> => {
  for await (const item of subscription) if (item.kind === "events") return item;
  throw new Error("It ended without an event.");
};

const failure = async (subscription: Subscription): Promise<string> => {
  const code = await subscription.ready().then(
    () => "none",
    (error: unknown) => errorCode(error),
  );
  await expect(subscription.next()).rejects.toMatchObject({ code });
  await subscription.close();
  return code;
};

describe("a journal that another process writes", () => {
  test("is read through segments in all their forms, in order, from the earliest and after any event", async () => {
    const journal = await variedJournal();
    expect(await readFrom(journal, "earliest")).toEqual(journal.ids);
    for (const [at, id] of journal.ids.entries()) {
      if (at % 11 !== 0 && ![0, 49, 50, 99, 100, 228, 229].includes(at)) continue;
      expect(await readFrom(journal, id), id).toEqual(journal.ids.slice(at + 1));
    }
  });

  test("comes in batches within their bounds, each with its cursor, the same whatever the bounds", async () => {
    const journal = await variedJournal();
    const items = await replay(
      subscribe(journal.location.path, { cursor: "earliest", maxBatchCount: 7, maxBatchBytes: 600 }),
    );
    expect(brief(items)).toEqual(journal.ids);
    for (const item of items) {
      if (item.kind !== "events") continue;
      expect(item.cursor).toBe(item.lines.at(-1)?.id);
      expect(item.scanned).toBe(item.lines.length);
      expect(item.lines.length).toBeLessThanOrEqual(7);
      const bytes = item.lines.reduce((sum, line) => sum + lineBytes(line).length, 0);
      expect(item.lines.length === 1 || bytes <= 600).toBe(true);
      for (const line of item.lines) {
        expect(Buffer.from(lineBytes(line)).toString()).toBe(line.line);
        expect(line.event().id).toBe(line.id);
        expect([line.severity, line.name, line.signal, line.size > 0]).toEqual([9, "test.line", "logs", true]);
      }
    }
  });

  test("is followed as it grows, is sealed, compressed, retired and taken up by another run, without a seam", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    const clock = createFakeClock();
    const subscription = subscribe(journal.location, { cursor: "earliest", clock, pollMs: 10 });
    const seen: StreamItem[] = [];
    const reading = (async () => {
      for await (const item of subscription) seen.push(item);
    })();
    const settle = async (count: number): Promise<void> => {
      for (let turn = 0; turn < 400 && brief(seen).length < count; turn++) {
        await clock.advance(10);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      expect(brief(seen)).toEqual(journal.ids);
    };
    await settle(0);
    journal.append(10);
    await settle(10);
    journal.raw('{"id":"half');
    await clock.advance(50);
    truncateSync(journal.location.path, readFileSync(journal.location.path).lastIndexOf("\n") + 1);
    journal.reopen().append(5);
    await settle(15);
    // What is behind the last look stands in a file that has gone through all its names.
    journal.append(5);
    const first = journal.seal("compressed");
    journal.append(5).seal("sealing");
    journal.append(5);
    await settle(30);
    rmSync(first);
    journal.reopen().append(3);
    await settle(33);
    await subscription.close();
    await reading;
    expect(subscription.state()).toMatchObject({ phase: "ended", outOfOrder: 0, gaps: 0, given: 33 });
  });

  test("is live only where its file ends, however small the batches that come before", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(1);
    const subscription = subscribe(journal.location, { cursor: "earliest", pollMs: 1, maxBatchBytes: 5000 });
    while ((await subscription.next()).value?.kind !== "progress");
    const grown = Array.from({ length: 4000 }, (_, at) => {
      const line = lineOf(at + 2);
      line.number(A, at + 2);
      return `${line.line}\n`;
    });
    appendFileSync(journal.location.path, grown.join(""));
    const isLive = async (): Promise<boolean> => {
      const { value } = await subscription.next();
      expect(subscription.state().phase).toBe(value?.kind !== "gap" && value?.isLive === true ? "live" : "replay");
      return subscription.state().phase === "live";
    };
    let items = 1;
    while (!(await isLive())) items += 1;
    expect(subscription.cursor).toBe(`${A}:4001`);
    expect(items).toBeGreaterThan(50);
    // What comes one by one is the present.
    appendFileSync(journal.location.path, grown[0]?.replace(':2"', ':4002"') ?? "");
    expect([await isLive(), subscription.cursor]).toEqual([true, `${A}:4002`]);
    await subscription.close();
  });

  test("that is not there yet is waited for", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    const subscription = subscribe(journal.location, { cursor: "latest", pollMs: 5 });
    // What is appended before the place is found may stand before it.
    await subscription.ready();
    const next = firstEvents(subscription);
    journal.append(3);
    expect(brief([await next])).toEqual(journal.ids);
    await subscription.close();
  });

  test("tells only what is written: another class is refused", async () => {
    const journal = await variedJournal();
    expect(() => subscribe(journal.location, { cursor: "earliest", durability: "fsynced" })).toThrow(
      expect.objectContaining({ code: "PLB_STREAM_CLASS_UNKNOWN" }),
    );
  });
});

describe("a cursor", () => {
  test("at the tip waits for what comes next", async () => {
    const journal = await variedJournal();
    expect(await readFrom(journal, `${C}:60`)).toEqual([]);
  });

  test("past the tip, of another journal, and no cursor at all are errors of their own", async () => {
    const journal = await variedJournal();
    const begin = (cursor: string): Subscription => subscribe(journal.location, { cursor });
    expect(await failure(begin(`${C}:61`))).toBe("PLB_STREAM_CURSOR_FUTURE");
    expect(await failure(begin(`${C}:9999`))).toBe("PLB_STREAM_CURSOR_FUTURE");
    expect(await failure(begin("0000000000009:1"))).toBe("PLB_STREAM_CURSOR_UNKNOWN");
    expect(await failure(begin("00000000000g2:1"))).toBe("PLB_STREAM_CURSOR_UNKNOWN");
    expect(await failure(begin("nonsense"))).toBe("PLB_STREAM_CURSOR_INVALID");
    expect(await failure(begin(`${C}:-1`))).toBe("PLB_STREAM_CURSOR_INVALID");
    expect(await failure(begin(`${C}:01`))).toBe("PLB_STREAM_CURSOR_INVALID");
  });

  test("between two epochs of another journal is unknown", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(5).reopen().reopen().append(5);
    expect(await failure(subscribe(journal.location, { cursor: `${B}:3` }))).toBe("PLB_STREAM_CURSOR_UNKNOWN");
    expect(await readFrom(journal, `${B}:3`, { strayCursor: "gap" })).toEqual([
      `${B}:3 -> ${C}:1: ? unknown-cursor`,
      ...journal.ids.slice(5),
    ]);
  });

  test("0 is the place before an epoch's first event", async () => {
    const journal = await variedJournal();
    expect(await readFrom(journal, `${A}:0`)).toEqual(journal.ids);
    expect(await readFrom(journal, `${B}:0`)).toEqual(journal.ids.slice(100));
    expect(await readFrom(journal, `${C}:0`)).toEqual(journal.ids.slice(170));
  });

  test("0 of an epoch that is none is found out by what comes: nothing would come behind it", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(3).reopen();
    const cursor = "vvvvvvvvvvvvv:0";
    const options = { cursor, pollMs: 1 };
    const [refused, lenient] = [
      subscribe(journal.location, options),
      subscribe(journal.location, { ...options, strayCursor: "gap" }),
    ];
    for (const each of [refused, lenient])
      expect((await each.next()).value).toMatchObject({ kind: "progress", isLive: true });
    const pending = [refused.next(), lenient.next()];
    journal.append(2).seal();
    journal.append(1);
    await expect(pending[0]).rejects.toMatchObject({ code: "PLB_STREAM_CURSOR_UNKNOWN", details: { cursor } });
    const items = [(await pending[1])?.value as StreamItem];
    while (brief(items).length < 4) items.push((await lenient.next()).value as StreamItem);
    expect(brief(items)).toEqual([`${cursor} -> ${B}:1: ? unknown-cursor`, ...journal.ids.slice(3)]);
    await Promise.all([refused.close(), lenient.close()]);
  });

  test("0 of the epoch that comes next is waited for", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(3);
    const subscription = subscribe(journal.location, { cursor: `${B}:0`, pollMs: 1 });
    await subscription.next();
    const next = subscription.next();
    journal.seal();
    journal.reopen().append(2);
    expect(brief([(await next).value as StreamItem])).toEqual(journal.ids.slice(3));
    await subscription.close();
  });

  test("past the end of a closed epoch is a gap: what was there is lost with a crash", async () => {
    const journal = await variedJournal();
    expect(await readFrom(journal, `${A}:107`)).toEqual([`${A}:107 -> ${B}:1: ? crash`, ...journal.ids.slice(100)]);
  });

  test("below the floor is a gap: what was there is retired", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    rmSync(journal.append(10).seal());
    journal.append(10).seal();
    journal.append(10);
    expect(await readFrom(journal, `${A}:4`)).toEqual([`${A}:4 -> ${A}:11: 6 retention`, ...journal.ids.slice(10)]);
    expect(await readFrom(journal, `${A}:0`)).toEqual([`${A}:0 -> ${A}:11: 10 retention`, ...journal.ids.slice(10)]);
    expect(await readFrom(journal, "earliest")).toEqual(journal.ids.slice(10));
    expect(await readFrom(journal, "0000000000000:7")).toEqual([
      `0000000000000:7 -> ${A}:11: ? retention`,
      ...journal.ids.slice(10),
    ]);
  });

  test("of a time begins with the first event that is not before it", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    for (let segment = 0; segment < 9; segment++) {
      journal.append(400).seal(segment % 3 === 0 ? "compressed" : "sealed");
    }
    journal.append(2000);
    const timeOf = (n: number): bigint => lineOf(n).time;
    for (const n of [1, 2, 399, 400, 401, 1300, 3599, 3600, 3601, 4000, 5600]) {
      expect((await readFrom(journal, { time: timeOf(n) }))[0], String(n)).toBe(`${A}:${n}`);
      expect((await readFrom(journal, { time: timeOf(n) - 1n }))[0]).toBe(`${A}:${n}`);
    }
    expect(await readFrom(journal, { time: 0n })).toEqual(journal.ids);
    expect(await readFrom(journal, { time: timeOf(5601) })).toEqual([]);
  });

  test("`latest` begins behind the last event, wherever that stands", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    for (const form of ["sealed", "compressed", "sealing"] as const) {
      journal.append(30).seal(form);
      writeFileSync(journal.location.path, "");
      const subscription = subscribe(journal.location, { cursor: "latest", pollMs: 5 });
      await subscription.ready();
      expect(subscription.cursor).toBe(journal.ids.at(-1));
      journal.append(1);
      const items = await replay(subscription);
      expect(brief(items).slice(0, 1)).toEqual(items[0]?.kind === "events" ? [journal.ids.at(-1)] : []);
    }
    journal.append(5).raw('{"id":"torn');
    const subscription = subscribe(journal.location, { cursor: "latest" });
    await subscription.ready();
    expect(subscription.cursor).toBe(journal.ids.at(-1));
    await subscription.close();
  });
});

describe("latest, where there is nothing yet", () => {
  test.each([
    ["no file", (): undefined => undefined],
    ["an empty file", (path: string): void => writeFileSync(path, "")],
    ["a line that is not finished", (path: string): void => writeFileSync(path, '{"id":"')],
  ])("%s: begins with the first event that comes, in whatever file", async (_, prepare) => {
    const journal = new JournalOnDisk(await tempFolder());
    prepare(journal.location.path);
    const subscription = subscribe(journal.location, { cursor: "latest", pollMs: 1 });
    await subscription.ready();
    expect(subscription.cursor).toBeUndefined();
    writeFileSync(journal.location.path, ""); // what is torn is cut off by whoever writes on
    journal.append(3).seal("compressed");
    journal.append(2);
    const ids: string[] = [];
    while (ids.length < 5) {
      const { value } = await subscription.next();
      expect(value?.kind).not.toBe("gap");
      if (value?.kind === "events") ids.push(...value.lines.map(({ id }) => id));
    }
    expect(ids).toEqual(journal.ids);
    await subscription.close();
  });
});

describe("a subscription that rests", () => {
  test("goes on where it was, with its files opened anew, and holds none meanwhile", async () => {
    const journal = await variedJournal();
    const subscription = subscribe(journal.location, { cursor: "earliest", maxBatchCount: 7 });
    const items: StreamItem[] = [];
    for await (const item of subscription) {
      items.push(item);
      if (item.kind !== "gap" && item.isLive) break;
      await subscription.rest();
      expect(openFilesIn(journal.location.directory)).toEqual([]);
    }
    expect(brief(items)).toEqual(journal.ids);
    expect(subscription.state()).toMatchObject({ gaps: 0, outOfOrder: 0 });
  });

  test("is left alone while it is asked for more", async () => {
    const journal = await variedJournal();
    const subscription = subscribe(journal.location, { cursor: "latest", pollMs: 1 });
    await subscription.next(); // says that the present is reached
    const next = subscription.next();
    await subscription.rest();
    journal.append(1);
    expect((await next).value).toMatchObject({ kind: "events", cursor: journal.ids.at(-1) });
    await subscription.close();
  });
});

describe("what is missing or damaged is a gap, never a silent jump", () => {
  test("lines that cannot be read, and one that stands in the wrong place", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(5).skip(1).raw("\0\0\0\n").append(5).skip(2).raw('{"id":"x"}\nnot json\n').append(3);
    const repeated = lineOf(2);
    repeated.number(A, 2);
    journal.raw(`${repeated.line}\n`).append(2);
    const told: string[] = [];
    const diagnostics = {
      warn: (message: string) => told.push(message),
      error: (message: string) => told.push(message),
    };
    const subscription = subscribe(journal.location, { cursor: "earliest", diagnostics });
    expect(brief(await replay(subscription))).toEqual([
      ...journal.ids.slice(0, 5),
      `${A}:5 -> ${A}:7: 1 damage`,
      ...journal.ids.slice(5, 10),
      `${A}:11 -> ${A}:14: 2 damage`,
      ...journal.ids.slice(10),
    ]);
    expect(subscription.state()).toMatchObject({ gaps: 2, missing: 3, outOfOrder: 1, damaged: 3 });
    expect(told).toHaveLength(3);
  });

  test("a segment in the midst of others, and one that cannot be unpacked to its end", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(10).seal();
    rmSync(journal.append(10).seal());
    const packed = journal.append(1000).seal("compressed");
    truncateSync(packed, Math.trunc(readFileSync(packed).length / 2));
    journal.append(10);
    const seen = await readFrom(journal, "earliest");
    const gaps = seen.filter((each) => String(each).includes("->"));
    expect(seen.slice(0, 10)).toEqual(journal.ids.slice(0, 10));
    expect(gaps[0]).toBe(`${A}:10 -> ${A}:21: 10 damage`);
    expect(gaps[1]).toMatch(new RegExp(`^${A}:\\d+ -> ${A}:1021: \\d+ damage$`));
    expect(seen.slice(-10)).toEqual(journal.ids.slice(-10));
  });

  test("a segment that cannot be unpacked, to a search for a time or for the end: others tell, and no file stays open", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    const damage = (): void => writeFileSync(journal.append(10).seal("compressed"), "no gzip");
    journal.append(10).seal("compressed");
    damage();
    damage();
    journal.append(10).seal("compressed");
    damage();
    writeFileSync(journal.location.path, "");
    const gap = `${A}:10 -> ${A}:31: 20 damage`;
    expect(await readFrom(journal, { time: lineOf(5).time })).toEqual([
      ...journal.ids.slice(4, 10),
      gap,
      ...journal.ids.slice(30, 40),
    ]);
    expect(await readFrom(journal, { time: lineOf(15).time })).toEqual([gap, ...journal.ids.slice(30, 40)]);
    expect(await readFrom(journal, { time: lineOf(35).time })).toEqual(journal.ids.slice(34, 40));
    const latest = subscribe(journal.location, { cursor: "latest", pollMs: 5 });
    await latest.ready();
    expect(latest.cursor).toBe(`${A}:40`);
    await latest.close();
    expect(openFilesIn(journal.location.directory)).toEqual([]);
  });

  test("what cannot be opened or read to find a time leaves nothing open", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    mkdirSync(journal.location.path);
    const { location } = journal;
    for (const cursor of [{ time: 1n }, "latest"]) {
      await expect(subscribe(location, { cursor }).ready()).rejects.toMatchObject({ code: "EISDIR" });
    }
    expect(openFilesIn(location.directory)).toEqual([]);
  });

  test("a file that somebody else cuts short and that grows again is read on by its ids", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    journal.append(20);
    const subscription = subscribe(journal.location, { cursor: "earliest", pollMs: 5 });
    const first = await subscription.next();
    expect(brief([first.value as StreamItem])).toHaveLength(20);
    truncateSync(journal.location.path, 300);
    appendFileSync(journal.location.path, "\n");
    journal.append(10);
    const rest: StreamItem[] = [];
    while (brief(rest).length < 10) rest.push((await subscription.next()).value as StreamItem);
    expect(brief(rest)).toEqual(journal.ids.slice(20));
    await subscription.close();
  });
});

describe("a filter", () => {
  test("that matches 1 in 10,000 gets those alone, and its cursor goes on all the same", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    const lines = Array.from({ length: 30_000 }, (_, at) => {
      const line = lineOf(at + 1, at % 10_000 === 5000 ? "rare.one" : "common");
      line.number(A, at + 1);
      return line.line;
    });
    writeFileSync(journal.location.path, `${lines.join("\n")}\n`);
    const subscription = subscribe(journal.location, {
      cursor: "earliest",
      filter: { wantedNames: ["rare.*"] },
      progressEvery: 3000,
    });
    const items = await replay(subscription);
    expect(brief(items)).toEqual([`${A}:5001`, `${A}:15001`, `${A}:25001`]);
    expect(items.filter(({ kind }) => kind === "progress").length).toBeGreaterThan(5);
    expect(items.reduce((sum, item) => sum + (item.kind === "gap" ? 0 : item.scanned), 0)).toBe(30_000);
    expect(subscription.state()).toMatchObject({ scanned: 30_000, given: 3, cursor: `${A}:30000` });
  });

  test("may be changed between two items: everything behind the cursor goes by the new one", async () => {
    const journal = new JournalOnDisk(await tempFolder());
    for (let at = 0; at < 40; at++) journal.append(1, at % 2 === 0 ? "even" : "odd");
    const subscription = subscribe(journal.location, {
      cursor: "earliest",
      filter: { wantedNames: ["even"] },
      maxBatchCount: 10,
    });
    const first = (await subscription.next()).value as StreamItem;
    subscription.setFilter({ wantedNames: ["odd"] });
    const rest = await replay(subscription);
    const at = journal.ids.indexOf(first.cursor) + 1;
    expect(brief([first])).toEqual(journal.ids.slice(0, at).filter((_, index) => index % 2 === 0));
    expect(brief(rest)).toEqual(journal.ids.filter((_, index) => index >= at && index % 2 === 1));
  });
});

describe("a journal of this process", () => {
  test("goes from disk to memory and back without a seam, and ends when the journal is closed", async () => {
    const folder = await tempFolder();
    const before = await openJournal(folder);
    await append(before, 1, 50);
    await before.close();
    const journal = await openJournal(folder, { retainBytes: 2000, rotate: { maxBytes: 3000, compress: "gzip" } });
    await append(journal, 1, 100);
    const subscription = subscribe(journal, { cursor: "earliest", maxBatchCount: 16 });
    const seen: StreamItem[] = [];
    const reading = (async () => {
      for await (const item of subscription) {
        seen.push(item);
        if (seen.length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let burst = 1; burst <= 6; burst++) await append(journal, burst * 100 + 1, burst * 100 + 100);
    await journal.close();
    await reading;
    const own = Array.from({ length: 700 }, (_, at) => formatId(subscriptionEpoch(seen), at + 1));
    expect(brief(seen).slice(50)).toEqual(own);
    expect(subscription.state()).toMatchObject({ phase: "ended", outOfOrder: 0, gaps: 0, given: 750 });
  });

  test("lets the event loop turn between two batches from memory, however much stands there", async () => {
    const journal = await openJournal(await tempFolder());
    const subscription = subscribe(journal, { cursor: "latest", maxBatchCount: 10 });
    await subscription.ready();
    await append(journal, 1, 100);
    let [turns, batches, isOver] = [0, 0, false];
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for await (const item of subscription) {
      if (item.kind === "events") batches += 1;
      if (item.kind !== "gap" && item.isLive) break;
    }
    isOver = true;
    expect(batches).toBe(10);
    expect(turns).toBeGreaterThanOrEqual(9);
    await journal.close();
  });

  test("keeps nothing for a subscription that could not begin", async () => {
    const journal = await openJournal(await tempFolder());
    await append(journal, 1, 5);
    const { ring } = journal;
    const attach = ring.attach.bind(ring);
    let attached = 0;
    const spy = vi.spyOn(ring, "attach").mockImplementation(() => {
      const attachment = attach();
      attached += 1;
      return {
        passed: (seq: number) => attachment.passed(seq),
        [Symbol.dispose]: () => {
          attached -= 1;
          attachment[Symbol.dispose]();
        },
      };
    });
    onTestFinished(() => spy.mockRestore());
    const subscription = subscribe(journal, { cursor: `${journal.epoch}:6` });
    await expect(subscription.ready()).rejects.toMatchObject({ code: "PLB_STREAM_CURSOR_FUTURE" });
    expect([attached, subscription.state().phase]).toEqual([0, "ended"]);
    await subscription.close();
    await journal.close();
  });

  test("is never read past what has reached the class", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder, { durability: "written" });
    await append(journal, 1, 5);
    const synced = subscribe(journal, { cursor: "earliest", durability: "fsynced" });
    const next = synced.next();
    let isEarly = true;
    void next.then(() => expect(isEarly).toBe(false));
    await append(journal, 6, 10);
    await new Promise((resolve) => setTimeout(resolve, 20));
    isEarly = false;
    await journal.flush({ durability: "fsynced" });
    expect(brief([(await next).value as StreamItem])).toEqual(
      Array.from({ length: 10 }, (_, at) => `${journal.epoch}:${at + 1}`),
    );
    await synced.close();
    await journal.close();
  });

  test("says future for what has no number yet, and begins `latest` at the call", async () => {
    const journal = await openJournal(await tempFolder());
    await append(journal, 1, 5);
    const latest = subscribe(journal, { cursor: "latest" });
    expect(await failure(subscribe(journal, { cursor: `${journal.epoch}:6` }))).toBe("PLB_STREAM_CURSOR_FUTURE");
    expect(await failure(subscribe(journal, { cursor: "vvvvvvvvvvvvv:1" }))).toBe("PLB_STREAM_CURSOR_UNKNOWN");
    await append(journal, 6, 8);
    expect(brief([(await latest.next()).value as StreamItem])).toEqual([6, 7, 8].map((n) => `${journal.epoch}:${n}`));
    expect(latest.state()).toMatchObject({ phase: "live", lag: 0, tip: `${journal.epoch}:8` });
    await latest.close();
    await journal.close();
  });

  test.each([0, 3])(
    "refuses a later epoch than its own at once, or goes on with its own (%i events)",
    async (count) => {
      const journal = await openJournal(await tempFolder());
      await append(journal, 1, count);
      for (const cursor of ["vvvvvvvvvvvvv:0", "vvvvvvvvvvvvv:1"]) {
        expect(await failure(subscribe(journal, { cursor }))).toBe("PLB_STREAM_CURSOR_UNKNOWN");
      }
      const lenient = subscribe(journal, { cursor: "vvvvvvvvvvvvv:0", strayCursor: "gap" });
      await lenient.ready();
      await append(journal, count + 1, count + 2);
      const items: StreamItem[] = [];
      while (items.at(-1)?.cursor !== `${journal.epoch}:${count + 2}`)
        items.push((await lenient.next()).value as StreamItem);
      const gap = `vvvvvvvvvvvvv:0 -> ${journal.epoch}:1: ? unknown-cursor`;
      const ids = Array.from({ length: count + 2 }, (_, at) => `${journal.epoch}:${at + 1}`);
      expect(brief(items)).toEqual(count === 0 ? ids : [gap, ...ids]);
      await lenient.close();
      await journal.close();
    },
  );

  test("whose disk is full gives what is written, waits, and goes on when there is room", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const journal = await openJournal(await tempFolder(), { driver: disk.driver });
    await append(journal, 1, 5);
    disk.setFreeBytes(150);
    for (let n = 6; n <= 10; n++) journal.append(lineOf(n));
    await expect(journal.flush()).rejects.toMatchObject({ code: "PLB_FILE_DISK_FULL" });
    const subscription = subscribe(journal, { cursor: "earliest" });
    const items = await replay(subscription);
    const written = journal.ring.reached("written");
    expect(written).toBeLessThan(10);
    expect(brief(items)).toEqual(Array.from({ length: written }, (_, at) => `${journal.epoch}:${at + 1}`));
    const second = subscribe(journal, { cursor: `${journal.epoch}:${written}` });
    disk.mend();
    await journal.flush();
    const rest: StreamItem[] = [];
    while (brief(rest).length < 10 - written) rest.push((await second.next()).value as StreamItem);
    expect(brief(rest)).toEqual(
      Array.from({ length: 10 - written }, (_, at) => `${journal.epoch}:${written + at + 1}`),
    );
    await second.close();
    await journal.close();
  });

  test("whose disk fills up in the midst of a write: a subscriber at the present and a reader of its files miss and repeat nothing", async () => {
    const disk = createFaultyDisk(createNodeFileDriver());
    const journal = await openJournal(await tempFolder(), { driver: disk.driver });
    await append(journal, 1, 5);
    const within = subscribe(journal, { cursor: "earliest" });
    const beside = subscribe(journal.location.path, { cursor: "earliest", pollMs: 1 });
    const seen = new Map([within, beside].map((subscription) => [subscription, [] as string[]]));
    const readTo = async (subscription: Subscription, last: string): Promise<void> => {
      const ids = seen.get(subscription) ?? [];
      while (ids.at(-1) !== last) {
        const { value } = await subscription.next();
        expect(value?.kind).not.toBe("gap");
        if (value?.kind === "events") ids.push(...value.lines.map(({ id }) => id));
      }
    };
    for (let round = 1; round <= 5; round++) {
      // Room for some of the lines, and a part of the next.
      disk.setFreeBytes(100 + round * 97);
      for (let n = 1; n <= 6; n++) journal.append(lineOf(round * 10 + n));
      await expect(journal.flush()).rejects.toMatchObject({ code: "PLB_FILE_DISK_FULL" });
      const written = formatId(journal.epoch, journal.ring.reached("written"));
      for (const subscription of [within, beside]) await readTo(subscription, written);
      disk.mend();
      await journal.flush();
      for (const subscription of [within, beside]) await readTo(subscription, formatId(journal.epoch, 5 + round * 6));
    }
    const all = Array.from({ length: 35 }, (_, at) => formatId(journal.epoch, at + 1));
    for (const subscription of [within, beside]) {
      expect(seen.get(subscription)).toEqual(all);
      expect(subscription.state()).toMatchObject({ gaps: 0, outOfOrder: 0 });
      await subscription.close();
    }
    await journal.close();
  });

  test("is left by an abort, also while it is waited for, and nothing stays open", async () => {
    const journal = await openJournal(await tempFolder());
    await append(journal, 1, 5);
    const abort = new AbortController();
    const subscription = subscribe(journal, { cursor: `${journal.epoch}:5`, signal: abort.signal });
    await subscription.next();
    const waiting = subscription.next();
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    await subscription.close();
    const never = subscribe(journal, { cursor: "earliest", signal: abort.signal });
    expect((await never.next()).done).toBe(true);
    const { directory } = journal.location;
    await journal.close();
    expect(openFilesIn(directory)).toEqual([]);
  });

  test("keeps one batch in memory, however far its subscriber is behind", async () => {
    const journal = await openJournal(await tempFolder(), { retainBytes: 10_000 });
    const subscription = subscribe(journal, { cursor: "latest", maxBatchCount: 5 });
    for (let burst = 0; burst < 30; burst++) await append(journal, burst * 100 + 1, burst * 100 + 100);
    expect(journal.ring.floor).toBeGreaterThan(2500);
    const first = (await subscription.next()).value as StreamItem;
    expect(brief([first])).toHaveLength(5);
    await subscription.close();
    await journal.close();
  });
});

function subscriptionEpoch(items: readonly StreamItem[]): string {
  return items.at(-1)?.cursor.split(":")[0] ?? "";
}

/** Files below a folder that this process has open, where the system tells. */
function openFilesIn(folder: string): string[] {
  try {
    return readdirSync("/proc/self/fd")
      .flatMap((fd) => {
        try {
          return [readlinkSync(join("/proc/self/fd", fd))];
        } catch {
          return []; // the one that lists them
        }
      })
      .filter((path) => path.startsWith(folder));
  } catch {
    return []; // no /proc
  }
}
