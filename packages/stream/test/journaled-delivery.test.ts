import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RetryableError, type EventLine, type Sink } from "@plumbline/core";
import { createMemorySink } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { type ClaimLease, createFileCursorStore, createJournalBoundary, type CursorStore } from "../src/index.ts";
import { append, balanceOf, deliver, lineOf, numbersOf, openJournal, readLetters } from "./delivery-scene.ts";
import { tempFolder } from "./temp-folder.ts";

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("a sink that is fed from the journal", () => {
  test("gets every event once, in order, and the account adds up", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { batch: { maxCount: 50, maxDelayMs: 0 } });
    await delivery.start();
    await append(journal, 1, 500);
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 500));
    expect(Math.max(...sink.batches.map((batch) => batch.length))).toBeLessThanOrEqual(50);
    const report = delivery.report();
    expect(report).toMatchObject({ accepted: 500, adopted: 0, delivered: 500, queued: 0, inFlight: 0, redelivered: 0 });
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await journal.close();
    expect(sink.calls.at(-1)).toBe("close");
  });

  test("gets a batch as soon as it is full; less than one waits for more, and a flush waits for none of that", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { batch: { maxCount: 10, maxDelayMs: 3_600_000 } });
    await delivery.start();
    const sizes = (): number[] => sink.batches.map((batch) => batch.length);
    for (let from = 1; from <= 22; from += 2) await append(journal, from, from + 1);
    await expect.poll(sizes).toEqual([10, 10]);
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(sizes()).toEqual([10, 10, 2]);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 22));
    await append(journal, 23, 25);
    await delivery.close(10_000);
    expect(sizes()).toEqual([10, 10, 2, 3]);
    await journal.close();
  });

  test("is noted before each batch and behind it, and where one follows at once, both are one commit", async () => {
    const journal = await openJournal(await tempFolder());
    const commits: { done: number; sent: number }[] = [];
    const seqOf = (position: string): number => Number(position.split(":")[1]);
    const store: CursorStore = {
      load: () => Promise.resolve(undefined),
      commit: ({ done, sent }) => Promise.resolve(void commits.push({ done: seqOf(done), sent: seqOf(sent) })),
      close: () => Promise.resolve(),
    };
    const noted: unknown[] = [];
    const sink: Sink = { write: () => void noted.push(commits.at(-1)), close: () => undefined };
    const delivery = deliver(journal, sink, { batch: { maxCount: 10, maxDelayMs: 3_600_000 }, store });
    await append(journal, 1, 100);
    await delivery.start();
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(noted).toEqual(range(1, 10).map((batch) => ({ done: (batch - 1) * 10, sent: batch * 10 })));
    await expect.poll(() => commits.at(-1)).toEqual({ done: 100, sent: 100 });
    await delivery.close(1000);
    await journal.close();
    // The place to begin at, one for each batch, and the end.
    expect(commits).toHaveLength(12);
  });

  test("goes on in the next run where it was left; what it finds there is adopted", async () => {
    const folder = await tempFolder();
    const sink = createMemorySink();
    const first = await openJournal(folder);
    const delivery = deliver(first, sink);
    await delivery.start();
    await append(first, 1, 10);
    await delivery.flush(10_000);
    await delivery.close(1000);
    await append(first, 11, 30);
    await first.close();

    const second = await openJournal(folder);
    const again = deliver(second, createMemorySinkInto(sink));
    await again.start();
    await append(second, 31, 40);
    await again.flush(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 40));
    expect(again.report()).toMatchObject({ accepted: 10, adopted: 20, delivered: 30, queued: 0, redelivered: 0 });
    expect(balanceOf(again.report())).toBe(0);
    await again.close(1000);
    await second.close();
  });

  test.each(["flush", "finishAt", "close"] as const)(
    "is not done before it has what earlier runs have left, also where this one has no event of its own: %s",
    async (how) => {
      const folder = await tempFolder();
      const first = await openJournal(folder);
      const delivery = deliver(first, createMemorySink());
      await delivery.start();
      await delivery.close(1000);
      await append(first, 1, 30);
      await first.close();

      const second = await openJournal(folder);
      const sink = createMemorySink();
      let release = (): void => undefined;
      const isReleased = new Promise<void>((resolve) => (release = resolve));
      const write: Sink["write"] = async (batch) => {
        await isReleased;
        await sink.write(batch);
      };
      const slow: Sink = { write, close: () => sink.close() };
      const again = deliver(second, slow, { batch: { maxCount: 8, maxDelayMs: 0 } });
      await again.start();
      if (how === "finishAt") expect(await again.finishAt(createJournalBoundary(second), 20)).toBe(false);
      else expect(await again.flush(20)).toBe("PLB_FLUSH_INCOMPLETE");
      const ended = how === "close" ? again.close(10_000) : again.flush(10_000);
      release();
      expect(await ended).toBeUndefined();
      expect(numbersOf(sink.batches.flat())).toEqual(range(1, 30));
      expect(again.report()).toMatchObject({ accepted: 0, adopted: 30, delivered: 30, queued: 0 });
      await again.close(1000);
      await second.close();
    },
  );

  test("that is new begins with this run, also when the run before its first event was killed", async () => {
    const folder = await tempFolder();
    const before = await openJournal(folder);
    await append(before, 1, 5);
    await before.close();
    const killed = await openJournal(folder);
    const never: Sink = { write: () => new Promise(() => undefined), close: () => undefined };
    const delivery = deliver(killed, never, { writeTimeoutMs: 60_000 });
    await delivery.start();
    await append(killed, 6, 9);
    await delivery.close(1); // its cursor says no more than a killed one's would
    await killed.close();

    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const next = deliver(journal, sink);
    await next.start();
    await append(journal, 10, 12);
    await next.flush(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(6, 12));
    await next.close(1000);
    await journal.close();
  });

  test("may begin with the earliest event that is left", async () => {
    const folder = await tempFolder();
    const before = await openJournal(folder);
    await append(before, 1, 5);
    await before.rotate();
    await append(before, 6, 8);
    await before.close();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { begin: "earliest" });
    await delivery.start();
    await append(journal, 9, 9);
    await delivery.flush(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 9));
    expect(delivery.report()).toMatchObject({ adopted: 8, accepted: 1, delivered: 9 });
    await delivery.close(1000);
    await journal.close();
  });

  test("gets what passes its filter, and the rest is counted as filtered", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { names: ["wanted.*"], minSeverity: 9 });
    await delivery.start();
    for (let n = 1; n <= 300; n++) {
      journal.append(lineOf(n, n % 3 === 0 ? "wanted.a" : "other", n % 2 === 0 ? 17 : 5));
    }
    await journal.flush();
    await delivery.flush(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 300).filter((n) => n % 6 === 0));
    const report = delivery.report();
    expect(report).toMatchObject({ accepted: 300, delivered: 50, filtered: 250, queued: 0 });
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await journal.close();
  });

  test("that fails for a while gets the same events again, and a partial rejection is counted", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    sink.answer({ kind: "retry" }, { kind: "retry", retryAfterMs: 1 }, { kind: "reject", rejected: 2, reason: "no" });
    const delivery = deliver(journal, sink);
    await append(journal, 1, 0);
    await delivery.start();
    await append(journal, 1, 10);
    await delivery.flush(10_000);
    expect(sink.batches.flat()).toHaveLength(8);
    const report = delivery.report();
    expect(report).toMatchObject({ accepted: 10, delivered: 8, dropped: { rejected: 2 }, redelivered: 0 });
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await journal.close();
  });

  test("refuses one event for good: it is found by halves and set aside with the reason, the rest arrives in order", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = poisonedSink([7, 400]);
    const delivery = deliver(journal, sink);
    await delivery.start();
    await append(journal, 1, 500);
    await delivery.flush(10_000);
    expect(numbersOf(sink.kept)).toEqual(range(1, 500).filter((n) => n !== 7 && n !== 400));
    const report = delivery.report();
    expect(report).toMatchObject({ delivered: 498, dropped: { TypeError: 2 }, deadLetters: 2 });
    expect(balanceOf(report)).toBe(0);
    expect(sink.calls).toBeLessThan(60);
    const letters = readLetters(folder);
    expect(letters).toHaveLength(2);
    expect(letters[0]).toMatchObject({
      consumer: "far",
      code: "TypeError",
      reason: "poison",
      event: { attributes: { n: 7 } },
    });
    await delivery.close(1000);
    await journal.close();
  });

  test("answers with what is no answer: the batch is set aside whole, since it may have arrived", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sizes: number[] = [];
    const sink: Sink = {
      write: (batch) => {
        sizes.push(batch.length);
        return { status: 200 } as never;
      },
      close: () => undefined,
    };
    const delivery = deliver(journal, sink);
    await append(journal, 1, 100);
    await delivery.start();
    await delivery.flush(10_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
    const report = delivery.report();
    expect(report).toMatchObject({ dropped: { PLB_SINK_RESULT_INVALID: 100 }, deadLetters: 100 });
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await journal.close();
  });

  test("is closed as soon as it was started, and delivers what there is all the same", async () => {
    const journal = await openJournal(await tempFolder());
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { waitsForEntry: true });
    await delivery.start();
    const boundary = createJournalBoundary(journal);
    await append(journal, 1, 64);
    delivery.enter(boundary);
    await delivery.close(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 64));
    expect(balanceOf(delivery.report())).toBe(0);
    await journal.close();
  });

  test("that does not answer gets the batch again, which counts as redelivered", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    sink.answer({ kind: "wait", until: new Promise(() => undefined) });
    const delivery = deliver(journal, sink, { writeTimeoutMs: 20 });
    await delivery.start();
    await append(journal, 1, 5);
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 5));
    expect(delivery.report()).toMatchObject({ accepted: 5, delivered: 5, redelivered: 5 });
    await delivery.close(1000);
    await journal.close();
  });

  test("may be written to several times at once: the cursor goes on only behind what is settled without a hole", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const sink = createMemorySink({ concurrency: 4 });
    sink.answer({ kind: "wait", until: held });
    const delivery = deliver(journal, sink, { batch: { maxCount: 10, maxDelayMs: 0 } });
    await delivery.start();
    await append(journal, 1, 40);
    await expect.poll(() => sink.batches.length).toBe(3);
    expect(delivery.report().cursor).toBe(`${journal.epoch}:0`);
    expect(sink.mostUnderWay).toBeGreaterThan(1);
    release();
    await delivery.flush(10_000);
    expect(delivery.report()).toMatchObject({ delivered: 40, cursor: `${journal.epoch}:40` });
    expect(numbersOf(sink.batches.flat()).toSorted((a, b) => a - b)).toEqual(range(1, 40));
    await delivery.close(1000);
    await journal.close();
  });

  test("does not go past a cursor that cannot be kept", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const real = createFileCursorStore({ location: journal.location, consumer: "far" });
    let failures = 0;
    const store: CursorStore = {
      load: () => real.load(),
      commit: (cursor) => {
        failures += 1;
        return failures > 2 && failures < 6 ? Promise.reject(new Error("full")) : real.commit(cursor);
      },
      close: () => real.close(),
    };
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { store });
    await delivery.start();
    await append(journal, 1, 5);
    await delivery.flush(10_000);
    await append(journal, 6, 9);
    await delivery.flush(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 9));
    expect(failures).toBeGreaterThan(5);
    expect(await real.load()).toMatchObject({ sent: `${journal.epoch}:9` });
    await delivery.close(1000);
    await journal.close();
  });
});

describe("closing", () => {
  test("delivers what has reached the class", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(journal, sink, { batch: { maxDelayMs: 60_000 } });
    await delivery.start();
    await append(journal, 1, 20);
    await delivery.close(10_000);
    expect(numbersOf(sink.batches.flat())).toEqual(range(1, 20));
    await journal.close();
  });

  test("leaves to the next run what the far side does not take, and does not wait for it", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const down: Sink = {
      write: () => Promise.reject(new RetryableError("down", { retryAfterMs: 600_000 })),
      close: () => undefined,
    };
    const delivery = deliver(journal, down);
    await delivery.start();
    await append(journal, 1, 20);
    await expect.poll(() => delivery.report().trouble).toBe("RetryableError");
    expect(await delivery.flush(20)).toBe("PLB_FLUSH_INCOMPLETE");
    await delivery.close(600_000);
    const report = delivery.report();
    expect(report).toMatchObject({ accepted: 20, delivered: 0, queued: 20, inFlight: 0 });
    expect(balanceOf(report)).toBe(0);
    await journal.close();
  });

  test("counts nothing as redelivered in the next run that the far side has refused, or was never handed", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const down: Sink = { write: () => Promise.reject(new RetryableError("down")), close: () => undefined };
    const batch = { maxCount: 5, maxDelayMs: 0 };
    const first = deliver(journal, down, { batch });
    await first.start();
    await append(journal, 1, 12);
    await expect.poll(() => first.report().trouble).toBe("RetryableError");
    await first.close(1000);
    const sink = createMemorySink();
    const second = deliver(journal, sink, { batch });
    await second.start();
    expect(await second.flush(10_000)).toBeUndefined();
    expect(second.report()).toMatchObject({ delivered: 12, redelivered: 0 });
    await second.close(1000);
    await journal.close();
  });

  test("whose answer nobody waited for is counted as redelivered once it is handed the same again, whatever run that is", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder);
    const batch = { maxCount: 5, maxDelayMs: 0 };
    const silent: Sink = { write: () => new Promise(() => undefined), close: () => undefined };
    const first = deliver(journal, silent, { batch });
    await first.start();
    await append(journal, 1, 12);
    await expect.poll(() => first.report().inFlight).toBe(5);
    await first.close(0);
    const down: Sink = { write: () => Promise.reject(new RetryableError("down")), close: () => undefined };
    const second = deliver(journal, down, { batch });
    await second.start();
    await expect.poll(() => second.report().trouble).toBe("RetryableError");
    await second.close(1000);
    expect(second.report()).toMatchObject({ delivered: 0, redelivered: 5 });
    const sink = createMemorySink();
    const third = deliver(journal, sink, { batch });
    await third.start();
    expect(await third.flush(10_000)).toBeUndefined();
    expect(third.report()).toMatchObject({ delivered: 12, redelivered: 5 });
    await third.close(1000);
    await journal.close();
  });

  test("counts as redelivered in the next run what it was handed with an unknown outcome, and refused later as a whole", async () => {
    const journal = await openJournal(await tempFolder());
    let writes = 0;
    const write: Sink["write"] = () => {
      writes += 1;
      if (writes === 1) return new Promise(() => undefined);
      return Promise.reject(writes === 2 ? new Error("refused") : new RetryableError("down"));
    };
    const batch = { maxCount: 5, maxDelayMs: 0 };
    const first = deliver(journal, { write, close: () => undefined }, { batch, writeTimeoutMs: 20 });
    await first.start();
    await append(journal, 1, 12);
    await expect.poll(() => first.report().trouble).toBe("RetryableError");
    await first.close(1000);
    const second = deliver(journal, createMemorySink(), { batch });
    await second.start();
    expect(await second.flush(10_000)).toBeUndefined();
    expect(second.report()).toMatchObject({ delivered: 12, redelivered: 5 });
    await second.close(1000);
    await journal.close();
  });

  test("is safe without start, and when repeated", async () => {
    const journal = await openJournal(await tempFolder());
    const sink = createMemorySink();
    const delivery = deliver(journal, sink);
    await Promise.all([delivery.close(1000), delivery.close(1000)]);
    expect(sink.calls.filter((call) => call === "close")).toHaveLength(1);
    await journal.close();
  });

  test("is not for good: what could not be started and was closed is started again, flushed and closed", async () => {
    const journal = await openJournal(await tempFolder());
    let release = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    let closes = 0;
    const sink: Sink = { write: () => isReleased, close: () => void closes++ };
    let leases = 0;
    let isRefused = true;
    const claimLease: ClaimLease = async () => {
      if (isRefused) throw new Error("the folder is gone");
      leases += 1;
      return { isProven: true, release: async () => void (leases -= 1) };
    };
    const delivery = deliver(journal, sink, { claimLease });
    await expect(delivery.start()).rejects.toThrow("gone");
    await delivery.close(1000, "leave");
    await append(journal, 1, 3);
    isRefused = false;
    await delivery.start();
    await append(journal, 4, 5);
    expect(await delivery.flush(20)).toBe("PLB_FLUSH_INCOMPLETE");
    release();
    expect(await delivery.flush(10_000)).toBeUndefined();
    expect(delivery.report()).toMatchObject({ accepted: 5, adopted: 0, delivered: 5, queued: 0 });
    expect(leases).toBe(1);
    await delivery.close(1000);
    expect([leases, closes]).toEqual([0, 2]);
    await journal.close();
  });
});

describe("retention", () => {
  test("waits for the consumer up to the bound; what went over it is a gap that the account shows", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder, { rotate: { maxBytes: 2000, keep: 1, holdFactor: 3 } });
    const never: Sink = { write: () => Promise.reject(new RetryableError("down")), close: () => undefined };
    const slow = deliver(journal, never, { batch: { maxCount: 5, maxDelayMs: 0 } });
    await slow.start();
    for (let at = 0; at < 12; at++) await append(journal, at * 20 + 1, at * 20 + 20);
    await slow.close(10);
    await expect.poll(() => journal.report().file?.counts.heldSegmentsRemoved).toBeGreaterThan(0);
    await journal.close();

    const next = await openJournal(folder);
    const sink = createMemorySink();
    const delivery = deliver(next, sink);
    await delivery.start();
    await append(next, 241, 250);
    await delivery.flush(10_000);
    const numbers = numbersOf(sink.batches.flat());
    const report = delivery.report();
    expect(report.gaps).toBe(1);
    expect(report.missing).toBe(240 - (numbers.length - 10));
    expect(numbers).toEqual(range(251 - numbers.length, 250));
    expect(numbers.length).toBeGreaterThan(10);
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await next.close();
  });

  test("a gap goes no further than where the delivery ends: what is missing behind that is missing to the next one", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder, { rotate: { maxBytes: 2000, keep: 1, holdFactor: 1 }, retainBytes: 0 });
    let isDown = true;
    const sink: Sink = {
      write: () => {
        if (isDown) throw new RetryableError("down");
      },
      close: () => undefined,
    };
    const batch = { maxCount: 5, maxDelayMs: 0 };
    const delivery = deliver(journal, sink, { batch });
    await delivery.start();
    await append(journal, 1, 50);
    const boundary = createJournalBoundary(journal);
    const finished = delivery.finishAt(boundary, 10_000);
    for (let at = 0; at < 12; at++) await append(journal, at * 20 + 51, at * 20 + 70);
    await expect.poll(() => journal.report().file?.counts.segmentsRemoved).toBeGreaterThan(8);
    isDown = false;
    expect(await finished).toBe(true);
    const report = delivery.report();
    expect(report).toMatchObject({ accepted: 50, queued: 0, gaps: 1, cursor: boundary.position });
    expect(report.dropped["retention"]).toBe(50 - report.delivered);
    expect(report.missing).toBe(50 - report.delivered);
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000, "leave");

    const kept = createMemorySink();
    const next = deliver(journal, kept, { batch });
    await next.start();
    expect(await next.flush(10_000)).toBeUndefined();
    expect(next.report().missing).toBe(240 - kept.batches.flat().length);
    expect(kept.batches.flat().length).toBeLessThan(240);
    await next.close(1000);
    await journal.close();
  });

  test("a gap in what this run has accepted is dropped, by the reason", async () => {
    const folder = await tempFolder();
    const journal = await openJournal(folder, { rotate: { maxBytes: 2000, keep: 1, holdFactor: 1 }, retainBytes: 0 });
    let isDown = true;
    const kept: EventLine[] = [];
    const sink: Sink = {
      write: (batch) => {
        if (isDown) throw new RetryableError("down");
        kept.push(...batch);
      },
      close: () => undefined,
    };
    const delivery = deliver(journal, sink, { batch: { maxCount: 5, maxDelayMs: 0 } });
    await delivery.start();
    for (let at = 0; at < 12; at++) await append(journal, at * 20 + 1, at * 20 + 20);
    await expect.poll(() => journal.report().file?.counts.segmentsRemoved).toBeGreaterThan(3);
    isDown = false;
    await delivery.flush(10_000);
    const report = delivery.report();
    expect(report.accepted).toBe(240);
    expect(report.delivered + (report.dropped["retention"] ?? 0)).toBe(240);
    expect(report.dropped["retention"]).toBe(report.missing);
    expect(report.queued).toBe(0);
    expect(balanceOf(report)).toBe(0);
    await delivery.close(1000);
    await journal.close();
  });
});

test("a dead-letter file that a crash has cut is ended before anything is added", async () => {
  const folder = await tempFolder();
  const path = join(folder, "checkout.dead-far");
  writeFileSync(path, '{"set_aside":"2026');
  const journal = await openJournal(folder);
  const delivery = deliver(journal, poisonedSink([1]), { maxDeadLetterBytes: 400 });
  await delivery.start();
  await append(journal, 1, 1);
  await delivery.flush(10_000);
  expect(delivery.report().deadLetters).toBe(1);
  const [half, letter] = readFileSync(path, "utf8").split("\n");
  expect(half).toBe('{"set_aside":"2026');
  expect(JSON.parse(letter ?? "")).toMatchObject({ code: "TypeError" });
  await delivery.close(1000);
  await journal.close();
  expect(existsSync(join(folder, "checkout.hold-far"))).toBe(true);
});

/** Refuses every batch with one of these events in it. */
function poisonedSink(poison: readonly number[]): Sink & { readonly kept: EventLine[]; calls: number } {
  return {
    kept: [],
    calls: 0,
    write(batch) {
      this.calls += 1;
      if (numbersOf(batch).some((n) => poison.includes(n))) throw new TypeError("poison");
      this.kept.push(...batch);
    },
    close: () => undefined,
  };
}

/** Another sink that puts what it gets where the first has it. */
function createMemorySinkInto(sink: ReturnType<typeof createMemorySink>): Sink {
  return { write: async (batch) => sink.write(batch), close: () => undefined };
}
