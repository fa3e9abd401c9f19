import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { openJournal, range, serve, Subscriber, tempFolder } from "./scene.ts";

test("replay goes on into the present, each event once, byte for byte as it stands in the journal", async () => {
  const scene = await openJournal({ rotate: { maxBytes: 20_000 } });
  await scene.append(500);
  const { url } = await serve({ journal: scene.journal });
  const client = await new Subscriber(url, "cursor=earliest").untilEvents(500);
  await client.until(({ frames }) => frames.some(({ live }) => live === true));
  await scene.append(300);
  await client.untilEvents(800);
  expect(client.numbers).toEqual(range(1, 800));
  const lines = client.texts.filter((text) => text.startsWith('{"kind":"event"'));
  expect(lines.map((text) => text.slice(text.indexOf(',"event":') + 9, -1))).toEqual(scene.lines);
  expect(client.frames.filter(({ kind }) => kind === "gap")).toEqual([]);
});

test("cursors: at the tip, directly behind an event, before the first, and by time", async () => {
  const scene = await openJournal();
  await scene.append(50);
  const { url } = await serve({ journal: scene.journal });
  const { epoch } = scene;
  const clients = ["latest", `${epoch}:50`, `${epoch}:20`, `${epoch}:0`, "time:2026-11-20T00:00:31Z"].map(
    (cursor) => new Subscriber(url, `cursor=${cursor}`),
  );
  for (const client of clients) await client.until(({ frames }) => frames.some(({ live }) => live === true));
  await scene.append(1);
  const firsts = [51, 51, 21, 1, 31];
  for (const [index, client] of clients.entries()) {
    await client.until(({ numbers }) => numbers.at(-1) === 51);
    expect(client.numbers).toEqual(range(firsts[index] ?? 0, 51));
  }
});

test.each([
  ["of the future", (epoch: string) => `${epoch}:51`, "PLB_STREAM_CURSOR_FUTURE"],
  ["of another journal", () => "vvvvvvvvvvvvv:7", "PLB_STREAM_CURSOR_UNKNOWN"],
  ["that is the number 0", () => "0", "PLB_STREAM_CURSOR_INVALID"],
  ["that is nothing of the kind", () => "../../x", "PLB_STREAM_CURSOR_INVALID"],
])("a cursor %s is refused with its code, and not to be tried again", async (_, cursorOf, code) => {
  const scene = await openJournal();
  await scene.append(50);
  const { url } = await serve({ journal: scene.journal });
  const client = new Subscriber(url, `cursor=${cursorOf(scene.epoch)}`);
  await client.until(({ closed }) => closed !== undefined);
  expect(client.frames).toMatchObject([{ kind: "error", code }]);
  expect(client.closed).toMatchObject({ code: 4400 });
});

test("the tip is the last event there is, also of an earlier run; a journal that never had one has none", async () => {
  const folder = await tempFolder();
  const empty = await openJournal({ folder });
  const first = await serve({ journal: empty.journal });
  expect((await first.status()).tip).toBeUndefined();
  await empty.append(3);
  const earlier = `${empty.epoch}:3`;
  expect((await first.status()).tip).toBe(earlier);
  await empty.journal.close();
  const next = await openJournal({ folder });
  const second = await serve({ journal: next.journal });
  expect((await second.status()).tip).toBe(earlier);
  await next.append(1);
  expect((await second.status()).tip).toBe(`${next.epoch}:1`);
});

test("a cursor below what retention has left is a gap to the event", async () => {
  const scene = await openJournal({ rotate: { maxBytes: 2000, keep: 1 } });
  for (let round = 0; round < 20; round++) await scene.append(10);
  // Segments are sealed, and removed, behind the writing.
  const sealed = (): number => readdirSync(dirname(scene.path)).filter((name) => /-\d+\./.test(name)).length;
  await vi.waitUntil(() => sealed() === 1, { timeout: 20_000, interval: 2 });
  const { url } = await serve({ journal: scene.path });
  const client = new Subscriber(url, `cursor=${scene.epoch}:1`);
  await client.until(({ numbers }) => numbers.at(-1) === 200);
  const [first] = client.frames;
  const firstLeft = client.numbers[0] ?? 0;
  expect(first).toMatchObject({ kind: "gap", reason: "retention", from: `${scene.epoch}:1`, missing: firstLeft - 2 });
  expect(first?.to).toBe(`${scene.epoch}:${firstLeft}`);
  expect(client.numbers).toEqual(range(firstLeft, 200));
});

test("where retention goes on removing while a client reads, every event came or stands in a gap, once and in order", async () => {
  const scene = await openJournal({ rotate: { maxBytes: 2000, keep: 1 } });
  for (let round = 0; round < 20; round++) await scene.append(10);
  const { url } = await serve({ journal: scene.path, maxBatchBytes: 1000 });
  const client = new Subscriber(url, `cursor=${scene.epoch}:0`);
  await client.until(({ numbers }) => numbers.at(-1) === 200);
  const told = client.frames.flatMap(({ kind, event, from, missing = 0 }) => {
    if (kind !== "gap") return event === undefined ? [] : [event.attributes.n];
    const behind = Number(from?.split(":")[1]);
    return range(behind + 1, behind + missing);
  });
  expect(told).toEqual(range(1, 200));
});

test("names, severities and attributes are filtered, and the cursor goes on by what was looked at", async () => {
  const scene = await openJournal();
  await scene.append(100);
  const { url } = await serve({ journal: scene.journal });
  const query = "cursor=earliest&wantedNames=even.*&minSeverity=error&wantedAttributes=shop=north";
  const client = await new Subscriber(url, query).until(({ frames }) => frames.some(({ live }) => live === true));
  expect(client.numbers).toEqual([30, 60, 90]);
  expect(client.last("progress")?.cursor).toBe(`${scene.epoch}:100`);
  const byNumber = await new Subscriber(url, "cursor=earliest&wantedAttributes=n=7&wantedAttributes=n=9").untilEvents(
    2,
  );
  expect(byNumber.numbers).toEqual([7, 9]);
});

test("batch, gzip and a bound of the message; what is over it is a gap that says so", async () => {
  const scene = await openJournal();
  await scene.append(20);
  await scene.append(1, 5000);
  await scene.append(20);
  const { url } = await serve({ journal: scene.journal });
  const batched = await new Subscriber(url, "cursor=earliest&batch=8").untilEvents(41);
  expect(batched.numbers).toEqual(range(1, 41));
  expect(Math.max(...batched.frames.map(({ events }) => events?.length ?? 0))).toBe(8);
  const unpack = (data: Buffer): string => gunzipSync(data).toString();
  const packed = await new Subscriber(url, "cursor=earliest&batch=8&compress=gzip", {}, unpack).untilEvents(41);
  expect(packed.texts.filter((text) => text.includes("events"))).toEqual(
    batched.texts.filter((text) => text.includes("events")),
  );
  for (const batch of [1, 8]) {
    const bounded = new Subscriber(url, `cursor=earliest&batch=${batch}&maxMessageBytes=1000`);
    await bounded.untilEvents(40);
    expect(bounded.numbers).toEqual([...range(1, 20), ...range(22, 41)]);
    expect(Math.max(...bounded.texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(1000);
    const { epoch } = scene;
    const gap = {
      kind: "gap",
      reason: "size",
      missing: 1,
      from: `${epoch}:20`,
      to: `${epoch}:22`,
      cursor: `${epoch}:21`,
    };
    expect(bounded.frames.filter(({ kind }) => kind === "gap")).toEqual([gap]);
  }
});

test("those who get the same events get the same bytes, packed once", async () => {
  const scene = await openJournal();
  const server = await serve({ journal: scene.journal });
  const unpack = (data: Buffer): string => gunzipSync(data).toString();
  const clients = range(1, 50).map(() => new Subscriber(server.url, "batch=64&compress=gzip", {}, unpack));
  for (const client of clients) await client.until(({ frames }) => frames.some(({ live }) => live === true));
  for (let round = 0; round < 5; round++) await scene.append(20);
  for (const client of clients) expect((await client.untilEvents(100)).numbers).toEqual(range(1, 100));
  const { subscribers, outOfOrder } = await server.status();
  expect(subscribers).toHaveLength(50);
  expect(subscribers.every(({ phase, lag, events }) => phase === "live" && lag === 0 && events === 100)).toBe(true);
  expect(outOfOrder).toBe(0);
});

test("with requireHello nothing comes before the options, which are in force from the first event on", async () => {
  const scene = await openJournal();
  await scene.append(40);
  const server = await serve({ journal: scene.journal });
  const client = new Subscriber(server.url, "cursor=earliest&requireHello=true");
  await expect.poll(async () => (await server.status()).subscribers[0]?.state, { timeout: 10_000 }).toBe("hello");
  // The server knows of it a little before it knows of the server's answer.
  await client.until(({ socket }) => socket.readyState === socket.OPEN);
  expect(client.frames).toEqual([]);
  client.send({ kind: "options_update", id: "first", options: { wantedNames: ["odd.*"] } });
  await client.untilEvents(20);
  expect(client.frames[0]).toMatchObject({ kind: "progress", options: "first" });
  expect(client.numbers).toEqual(range(1, 40).filter((n) => n % 2 === 1));
});

test("options that change in mid-replay are in force at an exact place", async () => {
  const scene = await openJournal({ rotate: { maxBytes: 50_000 } });
  for (let round = 0; round < 10; round++) await scene.append(500);
  const { url } = await serve({ journal: scene.path, maxBatchBytes: 4096 });
  const client = new Subscriber(url, "cursor=earliest");
  const filters: [number, string | undefined][] = [];
  for (const [index, name] of ["even.*", "odd.*", undefined, "odd.*"].entries()) {
    await client.until(({ frames }) => frames.length > (index + 1) * 450);
    const id = index + 1;
    client.send({ kind: "options_update", id, options: name === undefined ? {} : { wantedNames: [name] } });
    await client.until(({ frames }) => frames.some(({ options }) => options === id));
    filters.push([Number(client.frames.find(({ options }) => options === id)?.cursor?.split(":")[1]), name]);
  }
  await client.until(({ frames }) => frames.some(({ live }) => live === true));
  const wanted = range(1, 5000).filter((n) => {
    const name = filters.findLast(([from]) => n > from)?.[1];
    return name === undefined || (name === "even.*") === (n % 2 === 0);
  });
  expect(client.numbers).toEqual(wanted);
  // Live as well: the answer comes while nothing else does.
  client.send({ kind: "options_update", id: "live", options: { minSeverity: "error" } });
  await client.until(({ frames }) => frames.some(({ options }) => options === "live"));
  await scene.append(6);
  await client.until(({ numbers }) => numbers.at(-1) === 5004);
  expect(client.numbers).toEqual([...wanted, ...range(5001, 5006).filter((n) => n % 3 === 0)]);
});

test("the cursor of an end is that of the last event that was sent, also where the socket was full", async () => {
  const scene = await openJournal();
  await scene.append(130, 100_000);
  const server = await serve({ journal: scene.journal });
  const client = await new Subscriber(server.url, "cursor=earliest").untilEvents(1);
  client.socket.pause();
  await expect.poll(async () => (await server.status()).subscribers[0]?.state, { timeout: 10_000 }).toBe("blocked");
  const closing = server.close();
  client.socket.resume();
  await closing;
  await client.until(({ closed }) => closed !== undefined);
  expect(client.frames.at(-1)).toMatchObject({ kind: "error", cursor: client.events.at(-1)?.id });
});

test("the end of the server, and of the journal, is said with the cursor to go on from", async () => {
  const scene = await openJournal();
  await scene.append(10);
  const server = await serve({ journal: scene.journal });
  const client = await new Subscriber(server.url, "cursor=earliest").untilEvents(10);
  await server.close();
  await client.until(({ closed }) => closed !== undefined);
  const end = { kind: "error", code: "PLB_SERVE_CLOSING", cursor: `${scene.epoch}:10` };
  expect(client.frames.at(-1)).toMatchObject(end);
  expect(client.closed).toEqual({ code: 1001, reason: `PLB_SERVE_CLOSING ${scene.epoch}:10` });
  const second = await serve({ journal: scene.journal });
  const other = await new Subscriber(second.url, "cursor=earliest").untilEvents(10);
  await scene.journal.close();
  await other.until(({ closed }) => closed !== undefined);
  expect(other.frames.at(-1)).toMatchObject(end);
});
