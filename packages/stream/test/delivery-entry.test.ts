import { formatId, OutputLedger, RetryableError, type EventRing, type Journal, type Sink } from "@plumbline/core";
import { createFakeClock, createMemorySink } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { DeliveryAccount } from "../src/delivery-account.ts";
import {
  createFileCursorStore,
  createJournalBoundary,
  type ClaimLease,
  type JournaledDeliveryReport,
  type MarkedJournal,
} from "../src/index.ts";
import { append, balanceOf, deliver, lineOf, numbersOf, openJournal } from "./delivery-scene.ts";
import { tempFolder } from "./temp-folder.ts";

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("a delivery that waits for its entry", () => {
  test("begins at the boundary, or, where that is asked for, at the earliest event there is", async () => {
    for (const begin of ["now", "earliest"] as const) {
      const journal = await openJournal(await tempFolder());
      await append(journal, 1, 5);
      const sink = createMemorySink();
      const delivery = deliver(journal, sink, { waitsForEntry: true, begin });
      await delivery.start();
      journal.append(lineOf(6));
      delivery.enter(createJournalBoundary(journal));
      await append(journal, 7, 8);
      expect(await delivery.flush(10_000)).toBeUndefined();
      expect(numbersOf(sink.batches.flat())).toEqual(begin === "now" ? [7, 8] : range(1, 8));
      expect(delivery.report()).toMatchObject({ accepted: 2, adopted: begin === "now" ? 0 : 6, queued: 0 });
      expect(balanceOf(delivery.report())).toBe(0);
      await delivery.close(1000);
      await journal.close();
    }
  });

  test("without a lease that could be another's it waits for none, and says nothing of one", async () => {
    const journal = await openJournal(await tempFolder());
    const said: unknown[] = [];
    const say = (...words: unknown[]): void => void said.push(words);
    const delivery = deliver(journal, createMemorySink(), {
      waitsForEntry: true,
      diagnostics: { warn: say, error: say },
    });
    await delivery.start();
    delivery.enter(createJournalBoundary(journal));
    await append(journal, 1, 1);
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect([said, delivery.report().trouble]).toEqual([[], undefined]);
    await delivery.close(1000);
    await journal.close();
  });

  test("takes nothing of free slots before: the sink may be another's until then, and there may be no entry", async () => {
    for (const enters of [false, true]) {
      const journal = await openJournal(await tempFolder());
      let looks = 0;
      const slots = { list: async () => (looks++, []), isFree: async () => true };
      const claimLease: ClaimLease = async () => ({ isProven: true, release: async () => undefined });
      const delivery = deliver(journal, createMemorySink(), { waitsForEntry: true, claimLease, slots });
      await delivery.start();
      await append(journal, 1, 1);
      expect(looks).toBe(0);
      if (enters) {
        delivery.enter(createJournalBoundary(journal));
        await expect.poll(() => looks).toBe(1);
      }
      await delivery.close(1000);
      expect(looks).toBe(enters ? 1 : 0);
      await journal.close();
    }
  });

  test("closed before its place is known it notes that all the same: whoever comes after it goes on from there", async () => {
    const journal = await openJournal(await tempFolder());
    const first = deliver(journal, createMemorySink(), { waitsForEntry: true });
    await first.start();
    journal.append(lineOf(1));
    first.enter(createJournalBoundary(journal));
    const closing = first.close(10_000, "leave");
    await append(journal, 2, 3);
    await closing;
    const sink = createMemorySink();
    const second = deliver(journal, sink);
    await second.start();
    expect(await second.flush(10_000)).toBeUndefined();
    expect(numbersOf(sink.batches.flat())).toEqual([2, 3]);
    await second.close(1000);
    await journal.close();
  });

  test("closed before its place is known it is closed within its time, also where that is never known, and notes none", async () => {
    const journal = await openJournal(await tempFolder());
    const clock = createFakeClock();
    const first = deliver(journal, createMemorySink(), { waitsForEntry: true, clock });
    await first.start();
    first.enter(createJournalBoundary(journal), { whenKnown: () => undefined });
    let isClosed = false;
    const closing = first.close(10_000, "leave").then(() => (isClosed = true));
    await clock.advance(9999);
    await append(journal, 1, 2);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
    const sink = createMemorySink();
    const second = deliver(journal, sink, { begin: "earliest" });
    await second.start();
    expect(await second.flush(10_000)).toBeUndefined();
    expect(numbersOf(sink.batches.flat())).toEqual([1, 2]);
    await second.close(1000);
    await journal.close();
  });

  test("closed before its place is known it notes nothing where the lease is another's", async () => {
    const journal = await openJournal(await tempFolder());
    const noLease: ClaimLease = async () => undefined;
    const first = deliver(journal, createMemorySink(), { waitsForEntry: true, claimLease: noLease });
    await first.start();
    first.enter(createJournalBoundary(journal));
    const closing = first.close(10_000, "leave");
    await append(journal, 1, 2);
    await closing;
    expect(await createFileCursorStore({ location: journal.location, consumer: "far" }).load()).toBeUndefined();
    await journal.close();
  });

  test("closed before its place is known it leaves a cursor that is there already", async () => {
    const journal = await openJournal(await tempFolder());
    const store = createFileCursorStore({ location: journal.location, consumer: "far" });
    const noted = formatId(journal.epoch, 0);
    await store.commit({ done: noted, sent: noted });
    await store.close();
    await append(journal, 1, 2);
    const first = deliver(journal, createMemorySink(), { waitsForEntry: true });
    await first.start();
    first.enter(createJournalBoundary(journal));
    const closing = first.close(10_000, "leave");
    await append(journal, 3, 4);
    await closing;
    expect(await createFileCursorStore({ location: journal.location, consumer: "far" }).load()).toMatchObject({
      done: noted,
    });
    await journal.close();
  });

  test("hands on first what the journal does not have, in order, and all of it is in the account", async () => {
    const journal = await openJournal(await tempFolder());
    await append(journal, 4, 5);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { waitsForEntry: true, batch: { maxCount: 2, maxDelayMs: 0 } });
    await delivery.start();
    const boundary = createJournalBoundary(journal);
    const before = range(1, 3).map((n) => lineOf(n));
    const from = formatId(journal.epoch, 0);
    delivery.enter(boundary, { whenKnown: (callback) => boundary.whenKnown(() => callback(from, before)) });
    await append(journal, 6, 7);
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 7));
    expect(delivery.report()).toMatchObject({ accepted: 2, adopted: 5, delivered: 7, queued: 0 });
    await delivery.close(1000);
    await journal.close();
  });

  test.each(["the far side is down", "it was closed before"])(
    "what it could not hand on of that is dropped: %s",
    async (why) => {
      const journal = await openJournal(await tempFolder());
      const write: Sink["write"] = (lines) =>
        numbersOf(lines)[0] === 1 ? undefined : Promise.reject(new RetryableError("down", { retryAfterMs: 600_000 }));
      const delivery = deliver(
        journal,
        { write, close: () => undefined },
        { waitsForEntry: true, batch: { maxCount: 1 } },
      );
      await delivery.start();
      const boundary = createJournalBoundary(journal);
      const before = range(1, 3).map((n) => lineOf(n));
      const isDown = why === "the far side is down";
      const enter = (): void =>
        delivery.enter(boundary, {
          whenKnown: (callback) => boundary.whenKnown((position) => callback(position, before)),
        });
      if (isDown) {
        enter();
        await expect.poll(() => delivery.report().trouble).toBe("RetryableError");
      }
      await delivery.close(1000, "leave");
      if (!isDown) enter();
      await append(journal, 4, 4);
      const wanted = { delivered: isDown ? 1 : 0, dropped: { deadline: isDown ? 2 : 3 }, adopted: 3 };
      expect(delivery.report()).toMatchObject(wanted);
      expect(balanceOf(delivery.report())).toBe(0);
      await journal.close();
    },
  );
});

test("a delivery that is closed can be told of a later end: what stands before it is queued, and somebody else's to bring", async () => {
  const journal = await openJournal(await tempFolder());
  const delivery = deliver(journal, createMemorySink());
  await delivery.start();
  await append(journal, 1, 2);
  expect(await delivery.finishAt(createJournalBoundary(journal), 10_000)).toBe(true);
  await delivery.close(1000, "leave");
  await append(journal, 3, 5);
  expect(delivery.report()).toMatchObject({ accepted: 2, delivered: 2, queued: 0 });
  expect(await delivery.finishAt(createJournalBoundary(journal), 0)).toBe(false);
  await append(journal, 6, 6);
  expect(delivery.report()).toMatchObject({ accepted: 5, delivered: 2, queued: 3 });
  await journal.close();
});

test("what the journal drops of what stood before the beginning is not in the account, before and after the place is known", () => {
  const epoch = "0123456789abc";
  const ledger = new OutputLedger("journal");
  let written = 90;
  // No more of a journal is asked for.
  const ring = { epoch, tip: 95, reached: () => written } as unknown as EventRing;
  const waiting: ((position: string) => void)[] = [];
  const journal = {
    ledger,
    ring,
    mark: (known: (position: string) => void) => void waiting.push(known),
  } as unknown as Journal & MarkedJournal;
  for (let n = 1; n <= 105; n++) ledger.enqueue();
  ledger.take(95);
  ledger.deliver(90);
  const account = new DeliveryAccount("far", journal, { report: ledger.report(), tip: 95, written });
  account.beginAt(createJournalBoundary(journal));
  const check = (wanted: Partial<JournaledDeliveryReport>): void => {
    const report = account.report();
    expect(report).toMatchObject(wanted);
    expect(balanceOf({ ...report, cursor: undefined, trouble: undefined })).toBe(0);
  };
  // Five have their number and are on their way, ten wait: three of these are dropped, and then one of the two that come behind the boundary.
  ledger.enqueue();
  ledger.enqueue();
  ledger.dropQueued(3, "overflow");
  check({ accepted: 2, queued: 2, dropped: {} });
  ledger.take(7);
  ledger.deliver(12);
  written = 102;
  for (const known of waiting) known(formatId(epoch, 102));
  check({ accepted: 2, queued: 2, dropped: {} });
  ledger.dropQueued(1, "overflow");
  check({ accepted: 2, queued: 1, dropped: { overflow: 1 } });
});
