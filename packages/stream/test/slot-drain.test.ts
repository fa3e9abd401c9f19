import { formatId, type Sink } from "@plumbline/core";
import { createMemorySink } from "@plumbline/testing";
import { expect, test } from "vitest";
import { createFileCursorStore, type ClaimLease } from "../src/index.ts";
import { append, deliver, numbersOf, openJournal } from "./delivery-scene.ts";
import { JournalOnDisk } from "./journal-on-disk.ts";
import { tempFolder } from "./temp-folder.ts";

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const claimLease: ClaimLease = async () => ({ isProven: true, release: async () => undefined });

/** A slot with ten lines, of which this consumer has had two. */
async function slotWithBacklog(): Promise<JournalOnDisk> {
  const slot = new JournalOnDisk(await tempFolder());
  slot.append(10);
  const store = createFileCursorStore({ location: slot.location, consumer: "far" });
  const position = formatId(slot.epoch, 2);
  await store.commit({ done: position, sent: position });
  await store.close();
  return slot;
}

test("a free slot is drained up to where it ended when it was free: what its next owner writes is not this consumer's", async () => {
  const slot = await slotWithBacklog();
  const journal = await openJournal(await tempFolder());
  const sink = createMemorySink();
  let isBlocked = true;
  const slow: Sink = {
    close: () => sink.close(),
    async write(...given: Parameters<typeof sink.write>): Promise<void> {
      // Somebody takes the slot while the first of its lines are under way; whether it is free is asked only now and then.
      if (isBlocked) slot.reopen().append(5);
      isBlocked = false;
      await sink.write(...given);
    },
  };
  const slots = { list: async () => [{ location: slot.location, state: "" }], isFree: async () => true };
  const delivery = deliver(journal, slow, { claimLease, slots, batch: { maxCount: 3, maxDelayMs: 0 } });
  await delivery.start();
  await expect.poll(() => delivery.report().delivered).toBe(8);
  await append(journal, 101, 102);
  expect(await delivery.flush(10_000)).toBeUndefined();
  await delivery.close(10_000);
  expect(numbersOf(sink.batches.flat())).toEqual([...range(3, 10), 101, 102]);
  const store = createFileCursorStore({ location: slot.location, consumer: "far" });
  expect((await store.load())?.done).toBe(slot.ids[9]);
  await store.close();
  await journal.close();
});

test("a slot that is taken before its end is known is its owner's", async () => {
  const slot = await slotWithBacklog();
  const journal = await openJournal(await tempFolder());
  const sink = createMemorySink();
  let asked = 0;
  const slots = { list: async () => [{ location: slot.location, state: "" }], isFree: async () => (asked++, false) };
  const delivery = deliver(journal, sink, { claimLease, slots });
  await delivery.start();
  await expect.poll(() => asked).toBeGreaterThan(0);
  await append(journal, 101, 102);
  expect(await delivery.flush(10_000)).toBeUndefined();
  await delivery.close(10_000);
  expect(numbersOf(sink.batches.flat())).toEqual([101, 102]);
  await journal.close();
});
