import { formatId } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { cursorBehind, recordOf, writeHistory } from "./journal-lines.ts";
import { giveAtRate, openJournal } from "./live-writers.ts";
import { NATS, NatsServer } from "./nats-server.ts";
import { bufferThenFlush, twoProducers, serveAs } from "./other-designs.ts";
import { corruptionOf, cutOverOf, ReaderChild } from "./reader-child.ts";
import type { ReadOrder } from "./reader-process.ts";
import { serveJournal, type CellServer } from "./servers.ts";
import { sized } from "./size.ts";

export const CUT_OVER = "from replay into live, 10,000 events a second";

const PER_SECOND = 10_000;
/** So many are measured, so that one of a hundred is one at least; each begins so many events behind. */
const [CUT_OVERS, BEHIND] = [120, 15_000];
/** The first are not measured: the engine compiles. */
const WARM_UP = 8;
/** So far apart that the slowest design has the time for it. */
const EVERY_MS = 250;
/** Each stays for so many events of its present. */
const STAY_EVENTS = 4000;

interface Scene {
  readonly server: CellServer;
  readonly by: ReadOrder["by"];
  readonly give: (n: number) => void;
  /** Where to begin in order to get what comes behind the event with this number. */
  readonly cursorAt: (n: number) => string;
}

interface Size {
  readonly warmUp: number;
  readonly clients: number;
  readonly behind: number;
  readonly stay: number;
}

function sizeOf(scale: number): Size {
  const [clients, behind] = sized([CUT_OVERS, BEHIND], scale);
  const warmUp = Math.round(WARM_UP * Math.min(1, scale));
  return { warmUp, clients: warmUp + clients, behind, stay: Math.round(STAY_EVENTS * Math.min(1, scale * 20)) };
}

/** Subscribers come one after the other while events are written, each as many events behind, see everything from there into the present, and leave. */
async function cutOver(
  { server, by, give, cursorAt }: Scene,
  { warmUp, clients, behind, stay }: Size,
): Promise<Figures> {
  const everyMs = Math.min(EVERY_MS, stay);
  const starts = Array.from({ length: clients }, (_, client) => {
    const before = Math.round((client * everyMs * PER_SECOND) / 1000);
    return { cursor: cursorAt(before), first: before + 1 };
  });
  // Each sees less than this, as its own end comes before; who cannot keep up with what is written has lost the rest.
  const last = 2 * ((starts.at(-1)?.first ?? 0) + behind + stay) + PER_SECOND;
  await using readers = await ReaderChild.load({ by, url: server.url, starts, stay, clients, everyMs, last });
  readers.begin();
  let isOver = false;
  const whenOver = readers.over().finally(() => (isOver = true));
  whenOver.catch(() => undefined); // thrown below, when no more is given out
  const events = await giveAtRate(behind + 1, PER_SECOND, give, (n) => isOver || n > last);
  const over = await whenOver;
  return { ...cutOverOf(over, warmUp), ...corruptionOf(over), clients, events };
}

function onJournal(serve: (journal: FileSink) => Promise<CellServer>): (scratch: Scratch) => Promise<Figures> {
  return async ({ directory, scale }) => {
    const size = sizeOf(scale);
    writeHistory(directory, size.behind);
    const journal = await openJournal(directory);
    await using server = await serve(journal);
    const give = (n: number): void => journal.append(recordOf(n));
    const cursorAt = (n: number): string =>
      n <= size.behind ? cursorBehind(n) : formatId(journal.ring.epoch, n - size.behind);
    const figures = await cutOver({ server, by: "websocket", give, cursorAt }, size);
    await journal.close();
    return figures;
  };
}

async function onNats({ directory, scale }: Scratch): Promise<Figures> {
  if (!NatsServer.isThere(scale)) return {};
  const size = sizeOf(scale);
  await using server = await NatsServer.openWith(directory, size.behind);
  return await cutOver({ server, by: "nats", give: (n) => server.publish(n), cursorAt: String }, size);
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
  once: true,
  run: async (scratch) => ({ figures: await run(scratch) }),
}));
