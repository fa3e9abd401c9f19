import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { EVENT_NAME } from "../load/payload.ts";
import { openSink } from "../file/open-sink.ts";
import { untilLive } from "./fan-out-cells.ts";
import { framesOf, journalPath, nowMicros } from "./journal-lines.ts";
import { giveAtRate } from "./live-writers.ts";
import { NATS, NatsServer } from "./nats-server.ts";
import { corruptionOf, ReaderChild } from "./reader-child.ts";
import type { ReadOrder } from "./reader-process.ts";
import { BARE } from "./replay-cells.ts";
import { BareServer, sendFrame, serveJournal, type CellServer } from "./servers.ts";
import { sized } from "./size.ts";

export const LATENCY = "emit → client, 10,000 events a second";

const PER_SECOND = 10_000;
const EVENTS = 8000;
/** The first are not measured: the engine compiles. */
const WARM_UP = 3000;

interface Scene {
  readonly server: CellServer;
  readonly by: ReadOrder["by"];
  readonly give: (n: number) => void;
}

async function latency({ server, by, give }: Scene, scale: number): Promise<Figures> {
  const [, events] = sized([1, EVENTS], scale);
  const warmUp = Math.round(WARM_UP * Math.min(1, scale));
  const range = { first: warmUp + 1, last: warmUp + events };
  const query = { cursor: "latest" };
  await using reader = await ReaderChild.load({ by, url: server.url, query, wantsLatencies: true, ...range });
  reader.begin();
  await reader.connected();
  await untilLive(server, 1);
  await giveAtRate(1, PER_SECOND, give, (n) => n > range.last);
  const over = await reader.over();
  return { p50Millis: over.p50Micros / 1000, p99Millis: over.p99Micros / 1000, ...corruptionOf(over), events };
}

/** From the call of `emit`, through redaction, the journal and the server, to the client. */
async function ours({ directory, scale }: Scratch): Promise<Figures> {
  const sink = await openSink(journalPath(directory), {});
  await using server = await serveJournal(sink.journal);
  const give = (n: number): void => {
    const attributes = { n, sent: nowMicros(), route: "/api/checkout", status: 200, cart: "c-4711" };
    sink.pipeline.emit({ name: EVENT_NAME, attributes });
  };
  const figures = await latency({ server, by: "websocket", give }, scale);
  await sink.close();
  return figures;
}

/** From the making of the frame. */
async function bare({ scale }: Scratch): Promise<Figures> {
  await using server = await BareServer.open();
  const give = (n: number): void => {
    for (const frame of framesOf(n, n, 1, nowMicros())) for (const client of server.clients) sendFrame(client, frame);
  };
  return await latency({ server, by: "websocket", give }, scale);
}

async function nats({ directory, scale }: Scratch): Promise<Figures> {
  if (!NatsServer.isThere(scale)) return {};
  await using server = await NatsServer.open(directory);
  return await latency({ server, by: "nats", give: (n) => server.publish(n) }, scale);
}

export const LATENCY_CELLS: readonly Cell[] = [
  { group: LATENCY, name: "plumbline", run: async (scratch) => ({ figures: await ours(scratch) }) },
  { group: LATENCY, name: BARE, run: async (scratch) => ({ figures: await bare(scratch) }) },
  { group: LATENCY, name: NATS, run: async (scratch) => ({ figures: await nats(scratch) }) },
];
