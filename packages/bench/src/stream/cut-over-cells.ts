import type { FileSink } from "@plumbline/file";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { recordOf, writeHistory } from "./journal-lines.ts";
import { giveAtRate, openJournal } from "./live-writers.ts";
import { NATS, NatsServer } from "./nats-server.ts";
import { bufferThenFlush, twoProducers, serveAs } from "./other-designs.ts";
import { corruptionOf, cutOverOf, ReaderChild } from "./reader-child.ts";
import type { ReadOrder } from "./reader-process.ts";
import { serveJournal, type CellServer } from "./servers.ts";
import { sized } from "./size.ts";

export const CUT_OVER = "from replay into live, 10,000 events a second";

const PER_SECOND = 10_000;
const [CLIENTS, BEHIND] = [6, 15_000];
const EVERY_MS = 100;
/** The writing goes on for so long after all are connected. */
const AFTER_EVENTS = 4000;

interface Scene {
  readonly server: CellServer;
  readonly by: ReadOrder["by"];
  readonly give: (n: number) => void;
}

type Size = readonly [clients: number, behind: number, after: number];

function sizeOf(scale: number): Size {
  const [clients, behind] = sized([CLIENTS, BEHIND], scale);
  return [clients, behind, Math.round(AFTER_EVENTS * Math.min(1, scale * 20))];
}

/** Subscribers come one after the other while events are written, each from the very beginning, and are to see everything. */
async function cutOver({ server, by, give }: Scene, [clients, behind, after]: Size): Promise<Figures> {
  const everyMs = Math.min(EVERY_MS, after);
  const last = behind + Math.round((clients * everyMs * PER_SECOND) / 1000) + after;
  const query = { cursor: "earliest" };
  await using readers = await ReaderChild.load({ by, url: server.url, query, clients, everyMs, last });
  readers.begin();
  await giveAtRate(behind + 1, PER_SECOND, give, (n) => n > last);
  const over = await readers.over();
  return { ...cutOverOf(over), ...corruptionOf(over), clients, events: last };
}

function onJournal(serve: (journal: FileSink) => Promise<CellServer>): (scratch: Scratch) => Promise<Figures> {
  return async ({ directory, scale }) => {
    const size = sizeOf(scale);
    writeHistory(directory, size[1]);
    const journal = await openJournal(directory);
    await using server = await serve(journal);
    const give = (n: number): void => journal.append(recordOf(n));
    const figures = await cutOver({ server, by: "websocket", give }, size);
    await journal.close();
    return figures;
  };
}

async function onNats({ directory, scale }: Scratch): Promise<Figures> {
  if (!NatsServer.isThere(scale)) return {};
  const size = sizeOf(scale);
  await using server = await NatsServer.openWith(directory, size[1]);
  return await cutOver({ server, by: "nats", give: (n) => server.publish(n) }, size);
}

const WAYS: readonly (readonly [name: string, run: (scratch: Scratch) => Promise<Figures>])[] = [
  ["plumbline", onJournal(serveJournal)],
  ["two producers (Jetstream v1)", onJournal((journal) => serveAs(twoProducers, journal))],
  ["buffer, then flush", onJournal((journal) => serveAs(bufferThenFlush, journal))],
  [NATS, onNats],
];

export const CUT_OVER_CELLS: readonly Cell[] = WAYS.map(([name, run]) => ({
  group: CUT_OVER,
  name,
  run: async (scratch) => ({ figures: await run(scratch) }),
}));
