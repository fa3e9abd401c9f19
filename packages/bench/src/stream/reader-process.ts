import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../frame/statistics.ts";
import { FrameReader } from "./frame-reader.ts";
import { readNats } from "./nats-reader.ts";
import { LATE_MS, SubscriptionWatch, type Watched } from "./subscription-watch.ts";

/** Where one of many subscribers begins. */
export interface ReadStart {
  readonly cursor: string;
  readonly first: number;
}

/** What a reader is to do. */
export interface ReadOrder {
  /** `websocket`: sockets that are read at the least cost. `follow`: our own client. `nats`: an ordered consumer of the NATS client for Node. */
  readonly by: "websocket" | "follow" | "nats";
  readonly url: string;
  /** Of the subscription, as `/subscribe` and `/events` take it. */
  readonly query: Readonly<Record<string, string>>;
  readonly clients: number;
  /** Each comes so many milliseconds after the one before, by the clock. */
  readonly everyMs: number;
  /** The events that each is to see. */
  readonly first: number;
  readonly last: number;
  /** Where each begins that has a start of its own. */
  readonly starts?: readonly ReadStart[];
  /** Each leaves so many events behind the first that is newer than itself. */
  readonly stay?: number;
  readonly wantsLatencies: boolean;
}

/** What a reader tells: that it waits for a word to begin, that all are connected, and what they saw when nothing more comes. */
export type ReadNews =
  | { readonly kind: "loaded" | "connected" }
  | {
      readonly kind: "over";
      readonly watched: readonly Watched[];
      /** Connections that ended before they had everything. */
      readonly dropped: number;
      readonly p50Micros: number;
      readonly p99Micros: number;
    };

const LOOK_MS = 5;
/**
 * Nothing more comes when so many looks found nothing new: once all were there (what comes again would), once the last was, or if it never was. Not a time: while a
 * machine stands still, nothing can come.
 */
const [QUIET_WHEN_COMPLETE, QUIET_AT_END, QUIET] = [30, 80, 1000];

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? "{}") as ReadOrder;
  const latencies: number[] | undefined = order.wantsLatencies ? [] : undefined;
  if (order.by === "follow") await import("@plumbline/stream-server/client");
  const begin = once(process, "message");
  tell({ kind: "loaded" });
  await begin;
  const watches: SubscriptionWatch[] = [];
  const ended = new Set<SubscriptionWatch>();
  const opened: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let client = 0; client < order.clients; client++) {
    const start = order.starts?.[client] ?? { cursor: order.query["cursor"] ?? "earliest", first: order.first };
    const watch = new SubscriptionWatch([start.first, order.last], latencies, order.stay);
    watches.push(watch);
    opened.push(open({ ...order, query: { ...order.query, cursor: start.cursor } }, watch, () => ended.add(watch)));
    if (order.everyMs > 0) await sleep(startedMs + (client + 1) * order.everyMs - performance.now());
  }
  await Promise.all(opened);
  tell({ kind: "connected" });
  const dropped = await untilOver(watches, ended);
  const all = Float64Array.from(latencies ?? []);
  tell({
    kind: "over",
    watched: watches.map((watch) => watch.watched()),
    dropped,
    p50Micros: percentile(all, 0.5),
    p99Micros: percentile(all, 0.99),
  });
  // What is still open ends with the process, once this was told.
  process.disconnect();
  process.exit();
}

function tell(news: ReadNews): void {
  process.send?.(news);
}

/** Resolves when every subscriber has everything, or nothing more comes; with how many were cut off before. */
async function untilOver(
  watches: readonly SubscriptionWatch[],
  ended: ReadonlySet<SubscriptionWatch>,
): Promise<number> {
  let found = -1;
  for (let quiet = 0; ; quiet++) {
    const foundNow = watches.reduce((sum, { oracle }) => sum + oracle.found, 0);
    if (foundNow !== found) [found, quiet] = [foundNow, 0];
    const isComplete = watches.every(({ oracle }) => oracle.isComplete);
    const isAtEnd = watches.every((watch) => watch.oracle.isAtEnd || ended.has(watch));
    if (quiet > (isComplete ? QUIET_WHEN_COMPLETE : isAtEnd ? QUIET_AT_END : QUIET)) break;
    await sleep(LOOK_MS);
  }
  return watches.filter((watch) => ended.has(watch) && !watch.oracle.isComplete).length;
}

async function open(order: ReadOrder, watch: SubscriptionWatch, onEnd: () => void): Promise<void> {
  if (order.by === "websocket") await openSocket(order, watch, onEnd);
  else if (order.by === "nats") await readNats(order, watch);
  else await openFollower(order, watch, onEnd);
}

function openSocket({ url, query, stay }: ReadOrder, watch: SubscriptionWatch, onEnd: () => void): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const reader = new FrameReader((bytes, start, end) => watch.payload(bytes, start, end));
  return new Promise((resolve) => {
    let isLeaving = stay === undefined;
    const came = (count: number): boolean => {
      watch.arrived();
      if (reader.came(count)) resolve();
      if (!isLeaving && watch.oracle.isAtEnd) {
        isLeaving = true;
        setTimeout(() => socket.off("close", onEnd).destroy(), LATE_MS);
      }
      if (stay === undefined) return true;
      // One read in a turn: a socket with megabytes is read to its end else before any other is looked at, and that would be a pause of theirs.
      setImmediate(() => socket.resume());
      return false;
    };
    const onread = { buffer: () => reader.room(), callback: came };
    const socket: Socket = connect({ port: Number(port), host: hostname, onread }, () => {
      socket.setNoDelay(true);
      socket.write(
        `GET /subscribe?${String(new URLSearchParams(query))} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGx1bWJsaW5lIGJlbmNoIQ==\r\n\r\n",
      );
    });
    socket.on("error", onEnd);
    socket.on("close", onEnd);
  });
}

async function openFollower({ url, query }: ReadOrder, watch: SubscriptionWatch, onEnd: () => void): Promise<void> {
  const { followStream } = await import("@plumbline/stream-server/client");
  const follower = followStream({ url, cursor: query["cursor"] ?? "earliest", batch: Number(query["batch"] ?? 1) });
  const read = async (): Promise<void> => {
    for await (const item of follower) {
      watch.arrived();
      if (item.kind !== "events") continue;
      for (const { line } of item.lines) {
        const bytes = Buffer.from(line);
        watch.line(bytes, 0, bytes.length);
      }
    }
    onEnd();
  };
  void read();
}

void main();
