import { connect, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createStreamServer, type StreamServer } from "@plumbline/stream-server";
import type { Cell, Figures, Scratch } from "../frame/bench.ts";
import { median } from "../frame/statistics.ts";
import { openSink } from "../file/open-sink.ts";
import { EVENT_NAME, PAYLOADS } from "../load/payload.ts";
import { untilLive } from "./fan-out-cells.ts";
import { journalPath, nowMicros, writeHistory } from "./journal-lines.ts";
import { corruptionOf, ReaderChild } from "./reader-child.ts";
import { serveJournal } from "./servers.ts";
import { isSmoke, sized } from "./size.ts";

export const STALLED = "a subscriber that has stopped";
export const EMIT_PATH = "emit, with subscribers";
export const NO_SUBSCRIBERS = "plumbline, none";
export const WITH_SUBSCRIBERS = "plumbline, 100";

const STALLED_CLIENTS = 16;
const KIB = 1024;
/** Events that such a subscriber stops at: their padding, and how many there are behind it. */
const SIZES = [
  { name: "plumbline, events of 230 B", padBytes: 0, events: 40_000 },
  { name: "plumbline, events of 64 KiB", padBytes: 64 * KIB, events: 200 },
  { name: "plumbline, events of 500 KiB", padBytes: 500 * KIB, events: 30 },
] as const;
const LOOK_MS = 20;
/** It has stopped for so long: a server looks after its subscribers once a second. */
const STOPPED_MS = 3000;

const [BURSTS, PER_BURST, EVERY_MS] = [300, 16, 2];
const WARM_UP_BURSTS = 150;
const SUBSCRIBERS = 100;

/** What the process holds by itself when nothing is left to be collected; what waits in the system's sockets is not its own. */
async function heldBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let pass = 0; pass < 3; pass++) {
    collect();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A client that asks for everything and reads nothing. */
function openStopped(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(
        `GET /subscribe?cursor=earliest HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGx1bWJsaW5lIGJlbmNoIQ==\r\n\r\n",
      );
      resolve(socket);
    });
    socket.on("error", reject);
  });
}

async function untilBlocked(server: StreamServer, count: number): Promise<void> {
  for (;;) {
    const { subscribers } = await server.status();
    if (subscribers.filter(({ state }) => state === "blocked").length >= count) return;
    await sleep(LOOK_MS);
  }
}

async function stalled({ padBytes, events }: (typeof SIZES)[number], { directory, scale }: Scratch): Promise<Figures> {
  const clients = Math.max(2, Math.round(STALLED_CLIENTS * Math.min(1, scale)));
  writeHistory(directory, events, padBytes);
  const server = createStreamServer({ journal: journalPath(directory), listen: "127.0.0.1:0", auth: "none" });
  await server.start();
  const url = server.url ?? "";
  // The first makes what all have in common.
  const sockets = [await openStopped(url)];
  await untilBlocked(server, 1);
  if (!isSmoke(scale)) await sleep(STOPPED_MS);
  const before = await heldBytes();
  for (let client = 0; client < clients; client++) sockets.push(await openStopped(url));
  await untilBlocked(server, clients + 1);
  if (!isSmoke(scale)) await sleep(STOPPED_MS);
  const held = await heldBytes();
  for (const socket of sockets) socket.destroy();
  await server.close();
  return { heldKiB: (held - before) / clients / KIB, clients };
}

/** What a call of `emit` costs while so many WebSocket subscribers are at the present: the time of bursts, at 8,000 events a second. */
async function emitWith(subscribers: number, { directory, scale }: Scratch): Promise<Figures> {
  const sink = await openSink(journalPath(directory), {});
  await using server = await serveJournal(sink.journal);
  const [clients] = sized([subscribers, 0], scale);
  const [warmUp, bursts] = isSmoke(scale) ? [0, 20] : [WARM_UP_BURSTS, BURSTS];
  const last = (warmUp + bursts) * PER_BURST;
  const range = { first: 1, last, clients };
  await using readers = await ReaderChild.load({ url: server.url, query: { cursor: "latest" }, ...range });
  if (clients > 0) {
    readers.begin();
    await readers.connected();
    await untilLive(server, clients);
  }
  const nanos: number[] = [];
  for (let burst = 0; burst < warmUp + bursts; burst++) {
    const inputs = Array.from({ length: PER_BURST }, (_, at) => ({
      name: EVENT_NAME,
      attributes: { n: burst * PER_BURST + at + 1, sent: nowMicros(), ...PAYLOADS["1 KiB"].attributes(burst) },
    }));
    const started = process.hrtime.bigint();
    for (const input of inputs) sink.pipeline.emit(input);
    const took = Number(process.hrtime.bigint() - started) / PER_BURST;
    if (burst >= warmUp) nanos.push(took);
    await sleep(EVERY_MS);
  }
  const findings = clients === 0 ? {} : corruptionOf(await readers.over());
  await sink.close();
  return { emitNanos: median(nanos), ...findings, clients };
}

export const BURDEN_CELLS: readonly Cell[] = [
  ...SIZES.map((size): Cell => ({
    group: STALLED,
    name: size.name,
    once: true,
    run: async (scratch) => ({ figures: await stalled(size, scratch) }),
  })),
  { group: EMIT_PATH, name: NO_SUBSCRIBERS, run: async (scratch) => ({ figures: await emitWith(0, scratch) }) },
  {
    group: EMIT_PATH,
    name: WITH_SUBSCRIBERS,
    run: async (scratch) => ({ figures: await emitWith(SUBSCRIBERS, scratch) }),
  },
];
