import { lineBytes, subscribe, type StreamLine, type StreamSource } from "@plumbline/stream";
import type { WebSocket } from "ws";
import { numberIn } from "./sequence-oracle.ts";
import { BareServer, sendFrame, sendFrameAndWait } from "./servers.ts";

/** As many events as a subscriber's outbox holds, in Jetstream v1. */
const OUTBOX = 50_000;
/** Live events are taken from here on, where so many are left to replay: half a second at 10,000 a second, as v1 has it. */
const NEAR = 5000;
/** As many live events as are kept while history is read. */
const BUFFER = 1024;
const PER_WAIT = 256;

/** One event on its way to a subscriber: its number and its frame. */
interface Queued {
  readonly n: number;
  readonly frame: Buffer;
}

/** A subscriber as one of the other designs has it. */
interface Design {
  /** An event has just been written. */
  live(event: Queued): void;
  /** Reads history, to its end. */
  replay(): Promise<void>;
}

/**
 * Serves a journal as others do. History and present are read through our own subscriptions, so that the designs differ in the cut-over alone, and sent
 * through `ws`.
 */
export async function serveAs(
  design: (history: AsyncIterable<Queued>, behind: (n: number) => number, client: WebSocket) => Design,
  journal: StreamSource,
): Promise<BareServer> {
  const designs = new Set<Design>();
  let tip = 0;
  const server = await BareServer.open((client, cursor) => {
    const one = design(historyOf(journal, cursor), (n) => tip - n, client);
    designs.add(one);
    client.on("close", () => designs.delete(one));
    void one.replay();
  });
  const feed = async (): Promise<void> => {
    for await (const item of subscribe(journal, { cursor: "latest" })) {
      if (item.kind !== "events") continue;
      for (const line of item.lines) {
        const event = queuedOf(line);
        tip = event.n;
        for (const one of designs) one.live(event);
      }
    }
  };
  void feed();
  return server;
}

async function* historyOf(journal: StreamSource, cursor: string): AsyncGenerator<Queued> {
  for await (const item of subscribe(journal, { cursor })) {
    if (item.kind === "events") for (const line of item.lines) yield queuedOf(line);
    if (item.kind !== "gap" && item.isLive) return;
  }
}

const [EVENT_HEAD, EVENT_MIDDLE, EVENT_TAIL] = ['{"kind":"event","cursor":"', '","event":', "}"].map((text) =>
  Buffer.from(text),
);

function queuedOf(line: StreamLine): Queued {
  const bytes = lineBytes(line);
  const frame = Buffer.concat(
    [EVENT_HEAD, Buffer.from(line.id), EVENT_MIDDLE, bytes, EVENT_TAIL].filter((part) => part !== undefined),
  );
  return { n: numberIn(frame, 0, frame.length), frame };
}

/**
 * Jetstream v1: replay and live each look at the number that came last, leave out what is older, put the event into one outbox, and then lift the number. Live never
 * waits: a full outbox closes the connection. Replay waits for room.
 */
export function twoProducers(history: AsyncIterable<Queued>, behind: (n: number) => number, client: WebSocket): Design {
  let [last, isLive] = [0, false];
  const outbox: Queued[] = [];
  let [taken, isSending] = [0, false];
  const drain = async (): Promise<void> => {
    isSending = true;
    for (; taken < outbox.length; taken++) {
      const event = outbox[taken];
      if (event === undefined) break;
      if (taken % PER_WAIT === 0) await sendFrameAndWait(client, event.frame);
      else sendFrame(client, event.frame);
    }
    outbox.length = taken = 0;
    isSending = false;
  };
  const put = (event: Queued): void => {
    outbox.push(event);
    if (!isSending) void drain();
  };
  return {
    live(event): void {
      if (!isLive || event.n <= last) return;
      if (outbox.length - taken >= OUTBOX) client.terminate();
      else {
        put(event);
        last = event.n;
      }
    },
    async replay(): Promise<void> {
      for await (const event of history) {
        const loaded = last;
        isLive ||= behind(event.n) < NEAR;
        while (outbox.length - taken >= OUTBOX) await new Promise((resolve) => setImmediate(resolve));
        if (event.n <= loaded) continue;
        put(event);
        last = event.n;
      }
      isLive = true;
    },
  };
}

/** Live events are kept in a buffer while history is read, and sent after it; what it has no room for is dropped. */
export function bufferThenFlush(history: AsyncIterable<Queued>, _: unknown, client: WebSocket): Design {
  let [last, isLive] = [0, false];
  const buffer: Queued[] = [];
  const put = (event: Queued): void => {
    if (event.n <= last) return;
    sendFrame(client, event.frame);
    last = event.n;
  };
  return {
    live(event): void {
      if (isLive) put(event);
      else {
        buffer.push(event);
        if (buffer.length > BUFFER) buffer.shift();
      }
    },
    async replay(): Promise<void> {
      let count = 0;
      for await (const event of history) {
        count += 1;
        if (event.n <= last) continue;
        last = event.n;
        if (count % PER_WAIT === 0) await sendFrameAndWait(client, event.frame);
        else sendFrame(client, event.frame);
      }
      for (const event of buffer) put(event);
      isLive = true;
    },
  };
}
