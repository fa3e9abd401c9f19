import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { BareServer, sendFrame, sendFrameAndWait, serveJournal, type CellServer } from "./servers.ts";
import { isSmoke } from "./size.ts";
import { framesOf, journalPath, writeHistory } from "./journal-lines.ts";
import { NatsServer, NATS } from "./nats-server.ts";
import { corruptionOf, ReaderChild, secondsOf } from "./reader-child.ts";
import type { ReadOrder } from "./reader-process.ts";

export const REPLAY = "replay, one client";
export const BARE = "bare ws loop (floor)";
export const REPLAY_BATCHED = "replay, one client, 256 events a frame";

const EVENTS = 100_000;
const NATS_EVENTS = 30_000;
const FEWEST = 400;
const BATCH = 256;
/** As many frames of one event as `ws` is given before the system is waited for. */
const FRAMES_A_TURN = 256;

interface Way {
  readonly group: string;
  readonly name: string;
  readonly batch: number;
  readonly by: ReadOrder["by"];
  readonly events: number;
  open(directory: string, events: number, batch: number): Promise<CellServer>;
}

const ours = async (directory: string, events: number): Promise<CellServer> => {
  writeHistory(directory, events);
  return serveJournal(journalPath(directory));
};

const bare = (_: string, events: number, batch: number): Promise<CellServer> => {
  const frames = framesOf(1, events, batch);
  const perTurn = Math.max(1, Math.ceil(FRAMES_A_TURN / batch));
  return BareServer.open((client) => {
    const send = async (): Promise<void> => {
      for (const [at, frame] of frames.entries()) {
        if (at % perTurn === perTurn - 1) await sendFrameAndWait(client, frame);
        else sendFrame(client, frame);
      }
    };
    void send();
  });
};

const WAYS: readonly Way[] = [
  { group: REPLAY, name: "plumbline", batch: 1, by: "websocket", events: EVENTS, open: ours },
  { group: REPLAY, name: BARE, batch: 1, by: "websocket", events: EVENTS, open: bare },
  {
    group: REPLAY,
    name: NATS,
    batch: 1,
    by: "nats",
    events: NATS_EVENTS,
    open: (directory, events) => NatsServer.openWith(directory, events),
  },
  { group: REPLAY_BATCHED, name: "plumbline", batch: BATCH, by: "websocket", events: EVENTS, open: ours },
  { group: REPLAY_BATCHED, name: BARE, batch: BATCH, by: "websocket", events: EVENTS, open: bare },
  {
    group: REPLAY_BATCHED,
    name: "plumbline, read by its own client",
    batch: BATCH,
    by: "follow",
    events: EVENTS,
    open: ours,
  },
];

export const REPLAY_CELLS: readonly Cell[] = WAYS.map((way) => ({
  group: way.group,
  name: way.name,
  run: async (scratch) => ({ figures: await replay(way, scratch) }),
}));

/** One client reads everything, twice: the first time the engine compiles. */
async function replay(way: Way, { directory, scale }: Scratch): Promise<Figures> {
  if (way.by === "nats" && !NatsServer.isThere(scale)) return {};
  const events = Math.max(FEWEST, Math.round(way.events * scale));
  await using server = await way.open(directory, events, way.batch);
  let figures: Figures = {};
  for (let pass = 0; pass < (isSmoke(scale) ? 1 : 2); pass++) {
    const query = { cursor: "earliest", batch: String(way.batch) };
    await using reader = await ReaderChild.load({ by: way.by, url: server.url, query, last: events });
    const cpuBefore = process.cpuUsage();
    reader.begin();
    const over = await reader.over();
    const cpu = process.cpuUsage(cpuBefore);
    figures = {
      eventsPerSecond: events / secondsOf(over),
      ...(way.by === "nats" ? {} : { cpuNanosPerEvent: ((cpu.user + cpu.system) * 1000) / events }),
      ...corruptionOf(over),
      events,
    };
  }
  return figures;
}
