import { expect, test } from "vitest";
import { createJournalFiles, type JournalFiles } from "../src/journal-files.ts";
import { resolveSettings } from "../src/subscription-settings.ts";
import { JournalSubscription } from "../src/subscription.ts";
import type { StreamItem, SubscribeOptions } from "../src/index.ts";
import { brief, EPOCHS, JournalOnDisk, replay } from "./journal-on-disk.ts";
import { SpoiledMemory } from "./spoiled-memory.ts";
import { tempFolder } from "./temp-folder.ts";

const [A] = EPOCHS;

async function oldJournal(): Promise<JournalOnDisk> {
  const journal = new JournalOnDisk(await tempFolder());
  journal.append(40).seal();
  return journal.append(40);
}

function subscriptionOf(
  journal: JournalOnDisk,
  options: SubscribeOptions,
  files: JournalFiles = createJournalFiles(journal.location),
): JournalSubscription {
  return new JournalSubscription(
    { location: journal.location, ring: undefined, files },
    resolveSettings(options, false),
  );
}

/** The journal's files, of which no chunk is there before it is let; `open` are those that are open. */
function heldFiles(journal: JournalOnDisk): {
  files: JournalFiles;
  begun: Promise<void>;
  let: () => void;
  open: () => number;
} {
  const real = createJournalFiles(journal.location);
  let count = 0;
  let go = (): void => undefined;
  let begin = (): void => undefined;
  const isLet = new Promise<void>((resolve) => (go = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const files: JournalFiles = {
    list: () => real.list(),
    async open(path) {
      const file = await real.open(path);
      if (file === undefined) return undefined;
      count += 1;
      return {
        size: () => file.size(),
        isAt: (at) => file.isAt(at),
        unpacked: () => file.unpacked(),
        async readAt(buffer, position) {
          if (buffer.length < 200_000) return file.readAt(buffer, position);
          // As the system does: it writes when it is done, whatever has become of the buffer meanwhile.
          const bytes = Buffer.alloc(buffer.length);
          const bytesRead = await file.readAt(bytes, position);
          begin();
          await isLet;
          bytes.copy(buffer, 0, 0, bytesRead);
          return bytesRead;
        },
        async close() {
          count -= 1;
          await file.close();
        },
      };
    },
  };
  return { files, begun, let: go, open: () => count };
}

test("closed while it looks for its place, it gives nothing back that is still read into, and leaves nothing open", async () => {
  const journal = await oldJournal();
  const memory = new SpoiledMemory();
  const held = heldFiles(journal);
  const leaving = subscriptionOf(journal, { cursor: `${A}:20`, memory }, held.files);
  const ready = leaving.ready().catch(() => undefined);
  await held.begun;
  const closing = leaving.close();
  await new Promise((resolve) => setImmediate(resolve));
  // What would be given back now is what the next one reads into.
  const stretches = [memory.take(1000), memory.take(1000)].map((stretch) => stretch.fill(0));
  held.let();
  await Promise.all([ready, closing]);
  expect(stretches.every((stretch) => stretch.every((byte) => byte === 0))).toBe(true);
  expect(held.open()).toBe(0);
  expect((await leaving.next()).done).toBe(true);
});

test("at rest before its first item, and while it looks for its place, it gives every line as it was written", async () => {
  const journal = await oldJournal();
  const memory = new SpoiledMemory();
  const subscription = subscriptionOf(journal, { cursor: `${A}:20`, memory, maxBatchCount: 7 });
  const beginning = subscription.ready();
  await subscription.rest();
  await beginning;
  await subscription.rest();
  const items: StreamItem[] = [];
  for await (const item of subscription) {
    items.push(item);
    if (item.kind === "events") for (const { id, line } of item.lines) expect(JSON.parse(line)).toMatchObject({ id });
    await subscription.rest();
    if (item.kind !== "gap" && item.isLive) break;
  }
  expect(brief(items)).toEqual(journal.ids.slice(20));
  expect(subscription.state()).toMatchObject({ gaps: 0, outOfOrder: 0 });
});

test("at rest before its first item, a gap that was found already is still told", async () => {
  const journal = new JournalOnDisk(await tempFolder());
  journal.append(5).skip(3).append(5);
  const subscription = subscriptionOf(journal, { cursor: `${A}:5`, memory: new SpoiledMemory() });
  await subscription.ready();
  await subscription.rest();
  expect(brief(await replay(subscription))).toEqual([`${A}:5 -> ${A}:9: 3 damage`, ...journal.ids.slice(5)]);
});
