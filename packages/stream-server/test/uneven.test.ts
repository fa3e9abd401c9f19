import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { followStream } from "../src/client.ts";
import { openJournal, range, serve, Subscriber, tempFolder, type JournalScene } from "./scene.ts";

const HEAD = ',"event":';

/** The lines as they came, of a client that is sent one event in a frame. */
function linesOf({ texts }: Subscriber): string[] {
  return texts.flatMap((text) =>
    text.startsWith('{"kind":"event"') ? [text.slice(text.indexOf(HEAD) + HEAD.length, -1)] : [],
  );
}

/** Rests after every so many frames for so many milliseconds: its socket is full then. */
function restless(client: Subscriber, everyFrames: number, restMs: number): Subscriber {
  let count = 0;
  client.socket.on("message", () => {
    count += 1;
    if (count % everyFrames !== 0) return;
    client.socket.pause();
    setTimeout(() => client.socket.resume(), restMs);
  });
  return client;
}

async function followAll(url: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const item of followStream({ url, cursor: "earliest", batch: 3 })) {
    if (item.kind === "events") lines.push(...item.lines.map(({ line }) => line));
    if (lines.length >= count) break;
  }
  return lines;
}

test.each(["journal", "path"] as const)(
  "by its %s: clients of every pace and form are sent, byte for byte, what stands in the journal, through rotation, into the present",
  { timeout: 120_000 },
  async (by) => {
    const scene = await openJournal({ retainBytes: 200_000, rotate: { maxBytes: 4_000_000 } });
    // More than the system takes for a socket: what is on its way to one must stay as it is while others are served.
    await scene.append(400, 30_000);
    const server = await serve({ journal: scene[by], pollMs: 5 });
    const { url } = server;
    const unzip = (data: Buffer): string => gunzipSync(data).toString();
    const open = (query = "", unpack?: (data: Buffer) => string): Subscriber =>
      new Subscriber(url, `cursor=earliest${query}`, {}, unpack);
    const plain = [open(), restless(open(), 45, 50)];
    const zipped = [open("&compress=gzip", unzip), restless(open("&compress=gzip", unzip), 100, 20)];
    // They stop until their sockets take nothing any more.
    const stopped = [open(), open(), open("&batch=2")];
    for (const { socket } of stopped) socket.once("message", () => socket.pause());
    const blocked = async (): Promise<number> =>
      (await server.status()).subscribers.filter(({ state }) => state === "blocked").length;
    await vi.waitUntil(async () => (await blocked()) >= stopped.length, { timeout: 20_000, interval: 2 });
    const batched = restless(open("&batch=16"), 20, 30);
    const all = 500;
    const followed = followAll(url, all);
    for (let round = 0; round < 10; round++) await scene.append(10, 3000);
    for (const { socket } of stopped) socket.resume();
    for (const client of [...plain, ...zipped, ...stopped, batched]) await client.untilEvents(all);
    // Not by a matcher: that would print megabytes.
    const areSame = (lines: readonly string[]): boolean => lines.join("\n") === scene.lines.join("\n");
    expect([...plain, ...zipped, ...stopped.slice(0, 2)].map((client) => areSame(linesOf(client)))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    for (const { numbers } of [batched, ...stopped]) expect(numbers).toEqual(range(1, all));
    expect(areSame(await followed)).toBe(true);
  },
);

test("a client that closes its half of the connection in mid-replay is let go, and nothing of it stays", async () => {
  const scene = await openJournal();
  await scene.append(100, 100_000);
  const server = await serve({ journal: scene.path });
  const { port, host } = new URL(server.url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  const key = Buffer.alloc(16).toString("base64");
  socket.write(
    `GET /subscribe?cursor=earliest HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await expect.poll(async () => (await server.status()).subscribers.length, { timeout: 20_000 }).toBe(1);
  socket.end();
  socket.resume();
  await expect.poll(async () => (await server.status()).subscribers.length, { timeout: 20_000 }).toBe(0);
  socket.destroy();
  const next = await new Subscriber(server.url, "cursor=earliest").untilEvents(100);
  expect(next.numbers).toEqual(range(1, 100));
});

test("a writer that is restarted, again and again, while a client replays: each event of each run once, in order", async () => {
  const folder = await tempFolder();
  const runs: JournalScene[] = [];
  const begin = async (): Promise<JournalScene> => {
    const scene = await openJournal({ folder, rotate: { maxBytes: 60_000 } });
    runs.push(scene);
    return scene;
  };
  let scene = await begin();
  await scene.append(300, 200);
  const { url } = await serve({ journal: scene.path, pollMs: 5, maxBatchBytes: 4096 });
  const client = restless(new Subscriber(url, "cursor=earliest"), 70, 3);
  for (let run = 1; run < 5; run++) {
    await client.untilEvents(run * 120);
    await scene.journal.close();
    scene = await begin();
    await scene.append(150, 200);
  }
  const wanted = runs.flatMap(({ lines }) => lines);
  await client.untilEvents(wanted.length);
  expect(linesOf(client)).toEqual(wanted);
  expect(client.frames.filter(({ kind }) => kind === "gap")).toEqual([]);
});

test("retention that overtakes a client at the cut-over: what is gone is told, the rest comes once and in order", async () => {
  const scene = await openJournal({ retainBytes: 0, rotate: { maxBytes: 20_000, keep: 2 } });
  await scene.append(200, 500);
  const { url } = await serve({ journal: scene.journal, maxBatchBytes: 4096 });
  const client = restless(new Subscriber(url, `cursor=${scene.epoch}:0`), 20, 10);
  for (let round = 0; round < 60; round++) await scene.append(20, 500);
  await client.until(({ numbers }) => numbers.at(-1) === 1400);
  const told = client.frames.flatMap(({ kind, event, from, missing = 0 }) => {
    if (kind !== "gap") return event === undefined ? [] : [event.attributes.n];
    const behind = Number(from?.split(":")[1]);
    return range(behind + 1, behind + missing);
  });
  expect(told).toEqual(range(1, 1400));
  await vi.waitUntil(() => readdirSync(dirname(scene.path)).every((name) => !name.endsWith(".sealing")), {
    timeout: 20_000,
  });
});
