import { setTimeout as sleep } from "node:timers/promises";
import type { FileSink } from "@plumbline/file";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { framesOf, nowMicros, recordOf } from "./journal-lines.ts";
import { appendTightly, giveAtRate, giveTightly, openJournal } from "./live-writers.ts";
import { corruptionOf, ReaderChild, secondsOf } from "./reader-child.ts";
import { BARE } from "./replay-cells.ts";
import { BareServer, sendFrame, serveJournal, type CellServer } from "./servers.ts";
import { sized } from "./size.ts";

export const FAN_OUT = "live, 100 clients";
export const CROWD = "live, 500 clients, 1000 events a second";

const [FAN_CLIENTS, FAN_EVENTS] = [100, 3000];
const [CROWD_CLIENTS, CROWD_EVENTS, CROWD_PER_SECOND] = [500, 2000, 1000];
/** The bare loop goes on when no client has more than this waiting. */
const MAX_WAITING_BYTES = 1024 * 1024;
const LOOK_MS = 20;
const MIB = 1024 * 1024;

/** Resolves when so many subscribers are at the present. */
export async function untilLive(server: CellServer, count: number): Promise<void> {
  while ((await server.live()) < count) await sleep(LOOK_MS);
}

/** How the events 1 to `events` get to all who are connected. */
type Send = (events: number) => Promise<void>;

interface Scene {
  readonly server: CellServer;
  readonly send: Send;
}

async function fanOut(scene: Scene, clients: number, events: number): Promise<Figures> {
  const { server, send } = scene;
  await using readers = await ReaderChild.load({ url: server.url, query: { cursor: "latest" }, clients, last: events });
  readers.begin();
  await readers.connected();
  await untilLive(server, clients);
  const cpuBefore = process.cpuUsage();
  const from = nowMicros();
  await send(events);
  const over = await readers.over();
  const cpu = process.cpuUsage(cpuBefore);
  const sent = events * clients;
  return {
    sentPerSecond: sent / secondsOf(over, from),
    cpuNanosPerSent: ((cpu.user + cpu.system) * 1000) / sent,
    ...corruptionOf(over),
    clients,
    events,
  };
}

async function oursToMany({ directory, scale }: Scratch): Promise<Figures> {
  const journal = await openJournal(directory);
  await using server = await serveJournal(journal);
  const send: Send = (events) => appendTightly(journal, 1, events);
  const figures = await fanOut({ server, send }, ...sized([FAN_CLIENTS, FAN_EVENTS], scale));
  await journal.close();
  return figures;
}

async function bareToMany({ scale }: Scratch): Promise<Figures> {
  const size = sized([FAN_CLIENTS, FAN_EVENTS], scale);
  const frames = framesOf(1, size[1], 1, nowMicros());
  await using server = await BareServer.open();
  const isFull = (): boolean => [...server.clients].some(({ bufferedAmount }) => bufferedAmount > MAX_WAITING_BYTES);
  const give = (n: number): void => {
    const frame = frames[n - 1];
    if (frame !== undefined) for (const client of server.clients) sendFrame(client, frame);
  };
  const send: Send = (events) => giveTightly(1, events, give, isFull);
  return await fanOut({ server, send }, ...size);
}

/** At a rate that a service may have: what the server's memory grows by while it sends. */
async function toCrowd({ directory, scale }: Scratch): Promise<Figures> {
  const journal: FileSink = await openJournal(directory);
  await using server = await serveJournal(journal);
  let [before, most] = [0, 0];
  const send: Send = async (events) => {
    before = process.memoryUsage.rss();
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), LOOK_MS);
    const isOver = (n: number): boolean => n > events;
    await giveAtRate(1, CROWD_PER_SECOND, (n) => journal.append(recordOf(n)), isOver);
    await journal.flush();
    clearInterval(watch);
    most = Math.max(most, process.memoryUsage.rss());
  };
  const figures = await fanOut({ server, send }, ...sized([CROWD_CLIENTS, CROWD_EVENTS], scale));
  await journal.close();
  return { ...figures, growthMiB: (most - before) / MIB };
}

export const FAN_OUT_CELLS: readonly Cell[] = [
  { group: FAN_OUT, name: "plumbline", run: async (scratch) => ({ figures: await oursToMany(scratch) }) },
  { group: FAN_OUT, name: BARE, run: async (scratch) => ({ figures: await bareToMany(scratch) }) },
  { group: CROWD, name: "plumbline", run: async (scratch) => ({ figures: await toCrowd(scratch) }) },
];
