import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PlumblineError } from "@plumbline/core";
import { createFakeClock } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { followStream, type ClientItem, type FollowOptions, type StreamFollower } from "../src/client.ts";
import { openJournal, range, serve } from "./scene.ts";

/** A follower that is closed with the test. */
function follow(options: FollowOptions): StreamFollower {
  const follower = followStream({ retry: { initialMs: 5, maxMs: 20 }, ...options });
  onTestFinished(() => follower.close());
  return follower;
}

/** What comes until enough has. */
async function take(
  follower: StreamFollower,
  isEnough: (items: readonly ClientItem[]) => boolean,
): Promise<ClientItem[]> {
  const items: ClientItem[] = [];
  while (!isEnough(items)) {
    const { done, value } = await follower.next();
    if (done === true) break;
    items.push(value);
  }
  return items;
}

const linesOf = (items: readonly ClientItem[]): string[] =>
  items.flatMap((item) => (item.kind === "events" ? item.lines.map(({ line }) => line) : []));
const numbersOf = (items: readonly ClientItem[]): number[] =>
  items.flatMap((item) =>
    item.kind === "events" ? item.lines.map((line) => (line.event()["attributes"] as { n: number }).n) : [],
  );
const has = (count: number) => (items: readonly ClientItem[]) => linesOf(items).length >= count;

test.each([1, 64])("replay into live, frames of %i: the very lines of the journal", async (batch) => {
  const scene = await openJournal({ rotate: { maxBytes: 10_000 } });
  await scene.append(200);
  const { url } = await serve({ journal: scene.journal });
  const states: string[] = [];
  const follower = follow({ url, cursor: "earliest", batch, onState: (state) => states.push(state) });
  const items = await take(follower, (got) => got.some((item) => item.kind === "progress" && item.isLive));
  await scene.append(100);
  items.push(...(await take(follower, has(100))));
  expect(linesOf(items)).toEqual(scene.lines);
  expect(follower.cursor).toBe(`${scene.epoch}:300`);
  expect(states).toEqual(["replay", "live"]);
  await follower.close();
  expect(await follower.next()).toEqual({ done: true, value: undefined });
  expect(follower.state).toBe("ended");
});

test("the server ends and comes back: the follower goes on from its cursor, with nothing twice and nothing missing", async () => {
  const scene = await openJournal();
  await scene.append(100);
  const first = await serve({ journal: scene.journal });
  const listen = new URL(first.url).host;
  const follower = follow({ url: first.url, cursor: "earliest" });
  const items = await take(follower, has(50));
  for (let round = 0; round < 3; round++) {
    const next = take(follower, has(scene.lines.length + 20 - linesOf(items).length));
    await (round === 0 ? first.close() : undefined);
    const server = await serve({ journal: scene.journal, listen });
    await scene.append(20);
    items.push(...(await next));
    await server.close();
  }
  expect(linesOf(items)).toEqual(scene.lines);
});

test("a start by time stays one over every connection, until there is an event of that time", async () => {
  const scene = await openJournal();
  await scene.append(10);
  const first = await serve({ journal: scene.journal });
  const listen = new URL(first.url).host;
  const time = "time:2026-11-20T00:01:00.000000Z";
  const follower = follow({ url: first.url, cursor: time });
  const isLive = (items: readonly ClientItem[]): boolean =>
    items.some((item) => item.kind === "progress" && item.isLive);
  await take(follower, isLive);
  expect(follower.cursor).toBe(time);
  const next = take(follower, isLive);
  await first.close();
  await serve({ journal: scene.journal, listen });
  await next;
  await scene.append(20);
  follower.setFilter({ minSeverity: "error" });
  const items = take(follower, has(4));
  await scene.append(40);
  expect(numbersOf(await items)).toEqual([60, 63, 66, 69]);
  expect(follower.cursor).toContain(scene.epoch);
});

test("another filter takes hold exactly behind what was given", async () => {
  const scene = await openJournal();
  await scene.append(2000);
  const { url } = await serve({ journal: scene.path, maxBatchBytes: 4096 });
  const follower = follow({ url, cursor: "earliest", batch: 10 });
  const items = await take(follower, has(300));
  const from = numbersOf(items).at(-1) ?? 0;
  follower.setFilter({ wantedNames: ["odd.line"], wantedAttributes: { shop: ["north", "south"] } });
  items.push(...(await take(follower, (got) => got.some((item) => item.kind === "progress" && item.isLive))));
  const wanted = [...range(1, from), ...range(from + 1, 2000).filter((n) => n % 2 === 1 && n % 5 === 0)];
  expect(numbersOf(items)).toEqual(wanted);
});

test("a slow follower holds back its server, which reads no further", async () => {
  const scene = await openJournal();
  await scene.append(150, 100_000);
  const server = await serve({ journal: scene.path });
  const follower = follow({ url: server.url, cursor: "earliest" });
  const items = await take(follower, has(1));
  await expect.poll(async () => (await server.status()).subscribers[0]?.state, { timeout: 10_000 }).toBe("blocked");
  expect((await server.status()).subscribers[0]).toMatchObject({
    phase: expect.stringMatching(/^replay \d+%$/) as string,
  });
  expect((await server.status()).bufferedBytes).toBeLessThan(512 * 1024);
  items.push(...(await take(follower, has(150 - linesOf(items).length))));
  expect(linesOf(items)).toEqual(scene.lines);
});

test("gaps come as they are, and an abort ends it without an error", async () => {
  const scene = await openJournal({ rotate: { maxBytes: 2000, keep: 1 } });
  for (let round = 0; round < 20; round++) await scene.append(10);
  // Segments are removed behind the writing, and nothing waits for that.
  const removed = (): number | undefined => scene.journal.report().file?.counts.segmentsRemoved;
  await expect.poll(removed, { timeout: 10_000 }).toBeGreaterThan(0);
  const { url } = await serve({ journal: scene.path });
  const abort = new AbortController();
  const follower = follow({ url, cursor: `${scene.epoch}:1`, signal: abort.signal });
  const items = await take(follower, (got) => got.some((item) => item.kind === "progress" && item.isLive));
  expect(items[0]).toMatchObject({ kind: "gap", reason: "retention", from: `${scene.epoch}:1` });
  const next = follower.next();
  abort.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

test.each([
  ["a wrong token", { token: "wrong-token-wrong-token" }, "PLB_SERVE_UNAUTHORIZED"],
  ["a cursor of another journal", { cursor: "vvvvvvvvvvvvv:7" }, "PLB_STREAM_CURSOR_UNKNOWN"],
  ["a name that cannot be", { wantedNames: ["a*b"] }, "PLB_STREAM_OPTION_INVALID"],
])("%s is told at once, with the server's code, and not tried again", async (_, options, code) => {
  const scene = await openJournal();
  await scene.append(1);
  const token = "t".repeat(24);
  const { url } = await serve({ journal: scene.journal, auth: "token", token });
  const error: unknown = await follow({ url, token, ...options })
    .next()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "PLB_SERVE_CLIENT_REFUSED", details: { code } });
  expect(PlumblineError.isInstance(error)).toBe(true);
});

test("tickets are asked for before each attempt", async () => {
  const scene = await openJournal();
  await scene.append(3);
  const token = "t".repeat(24);
  const server = await serve({ journal: scene.journal, auth: "token", token });
  let asked = 0;
  const ticket = async (): Promise<string> => {
    asked += 1;
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${server.url}/tickets`, { method: "POST", headers });
    return ((await answer.json()) as { ticket: string }).ticket;
  };
  const follower = follow({ url: server.url, cursor: "earliest", ticket });
  const items = await take(follower, has(3));
  follower.setFilter({ minSeverity: "error" });
  const next = take(follower, has(1));
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
  await scene.append(3);
  expect(numbersOf([...items, ...(await next)])).toEqual([1, 2, 3, 6]);
});

/** A server that sends these frames to each connection in turn. */
async function scripted(scripts: readonly (readonly unknown[])[]): Promise<string> {
  let connections = 0;
  const server: Server = createServer((_, response) => {
    const script = scripts[Math.min(connections, scripts.length - 1)] ?? [];
    connections += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const frame of script) response.write(`data: ${JSON.stringify(frame)}\n\n`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const event = (seq: number, epoch = "0000000000001"): unknown => ({
  kind: "event",
  cursor: `${epoch}:${seq}`,
  event: { id: `${epoch}:${seq}` },
});

test.each([
  ["an id that is used again", [[event(1), event(1)]]],
  ["one that is out of order", [[event(1), event(2), event(1)]]],
  ["one that was left out", [[event(1), event(3)]]],
  ["an earlier epoch", [[event(1, "0000000000002"), event(1)]]],
  ["one that comes again on the next connection", [[event(1), event(2)], [event(2)]]],
  ["a cursor that goes back", [[event(5), { kind: "progress", cursor: "0000000000001:2" }]]],
])("%s is not passed on", async (_, scripts) => {
  const url = await scripted(scripts);
  const follower = follow({ url, cursor: "earliest" });
  await expect(take(follower, () => false)).rejects.toMatchObject({ code: "PLB_SERVE_CLIENT_SEQUENCE" });
});

test("an end, and another filter, do not wait for credentials that do not come", async () => {
  const asked: string[] = [];
  let fetched = 0;
  const fetch = (): Promise<Response> => {
    fetched += 1;
    return Promise.reject(new Error("away"));
  };
  const never = new Promise<string>(() => undefined);
  const follower = follow({
    url: "http://127.0.0.1:1",
    fetch,
    token: () => {
      asked.push("token");
      return never;
    },
  });
  const next = follower.next();
  await expect.poll(() => asked.length).toBe(1);
  follower.setFilter({ minSeverity: "warn" });
  await expect.poll(() => asked.length).toBe(2);
  await follower.close();
  expect(await next).toEqual({ done: true, value: undefined });

  // Nor is a connection made for those that come when it is over.
  let give: (token: string) => void = () => undefined;
  const abort = new AbortController();
  const token = (): Promise<string> => new Promise((resolve) => (give = resolve));
  const late = follow({ url: "http://127.0.0.1:1", fetch, token, signal: abort.signal });
  const last = late.next();
  abort.abort();
  give("late");
  expect(await last).toEqual({ done: true, value: undefined });
  expect(fetched).toBe(0);
});

test("a cursor that the follower was given is tried again where the journal has lost its end, one that it brought is refused", async () => {
  const future = { status: 400, text: '{"code":"PLB_STREAM_CURSOR_FUTURE","message":"no"}' };
  const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const gap = {
    kind: "gap",
    from: "0000000000001:7",
    to: "0000000000002:1",
    reason: "crash",
    cursor: "0000000000002:0",
  };
  const answers = [{ status: 200, text: frame(event(7)) }, future, future, { status: 200, text: frame(gap) }, future];
  const fetch = (): Promise<Response> => {
    const { status, text } = answers.shift() ?? future;
    return Promise.resolve(new Response(text, { status, headers: { "content-type": "text/event-stream" } }));
  };
  const follower = follow({ url: "http://127.0.0.1:1", fetch, cursor: "0000000000001:6" });
  const items = await take(follower, (got) => got.length === 2);
  expect(items).toMatchObject([
    { kind: "events", cursor: "0000000000001:7" },
    { kind: "gap", reason: "crash" },
  ]);
  answers.length = 0;
  const brought = follow({ url: "http://127.0.0.1:1", fetch, cursor: "0000000000001:7" });
  await expect(brought.next()).rejects.toMatchObject({ details: { code: "PLB_STREAM_CURSOR_FUTURE" } });
});

test("outages are no refusals: after many, a token that is refused once is asked for again", async () => {
  const answers = [...Array.from({ length: 5 }, () => 503), 401, 401];
  const fetch = (): Promise<Response> => {
    const status = answers.shift();
    if (status === undefined) {
      const headers = { "content-type": "text/event-stream" };
      const frame = 'data: {"kind":"progress","cursor":"0123456789abc:1","live":true}\n\n';
      return Promise.resolve(new Response(frame, { headers }));
    }
    return Promise.resolve(new Response('{"code":"PLB_SERVE_UNAUTHORIZED","message":"no"}', { status }));
  };
  let asked = 0;
  const token = (): string => `token ${++asked}`;
  const follower = follow({ url: "http://127.0.0.1:1", fetch, token });
  expect(await follower.next()).toMatchObject({ value: { kind: "progress", cursor: "0123456789abc:1" } });
  expect(asked).toBe(8);
  answers.push(401, 401, 401);
  await expect(follower.next()).rejects.toMatchObject({ code: "PLB_SERVE_CLIENT_REFUSED" });
});

test.each([
  { status: 503, how: "the idle timeout" },
  { status: 403, how: "the idle timeout" },
  { status: 503, how: "another filter" },
  { status: 503, how: "a close" },
])("the body of a refusal that does not end is given up by $how ($status)", async ({ status, how }) => {
  const clock = createFakeClock();
  const given: boolean[] = [];
  // As where the request was collected: nothing but a reader's own cancel ends this body.
  const fetch = (): Promise<Response> => {
    const at = given.push(false) - 1;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{"code":"PLB_')),
      cancel: () => void (given[at] = true),
    });
    return Promise.resolve(new Response(body, { status }));
  };
  const retry = { initialMs: 1, maxMs: 1, maxAttempts: 2 };
  const follower = follow({ url: "http://127.0.0.1:1", fetch, timers: clock, idleTimeoutMs: 1500, retry });
  const next = follower.next().catch((error: unknown) => error);
  await expect.poll(() => given).toEqual([false]);
  if (how === "the idle timeout") {
    for (let step = 0; step < 3; step++) await clock.advance(1500);
    expect(await next).toMatchObject({ code: "PLB_SERVE_CLIENT_GIVEN_UP", details: { attempts: 2 } });
    expect(given).toEqual([true, true]);
    return;
  }
  if (how === "another filter") {
    follower.setFilter({ minSeverity: "warn" });
    await expect.poll(() => given).toEqual([true, false]);
  }
  await follower.close();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(given.at(-1)).toBe(true);
});

test("the body of a refusal is read up to a bound: a page without an end is no reason to wait", async () => {
  let pieces = 0;
  let isGivenUp = false;
  const fetch = (): Promise<Response> => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pieces += 1;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
      cancel: () => void (isGivenUp = true),
    });
    return Promise.resolve(new Response(body, { status: 404 }));
  };
  await expect(follow({ url: "http://127.0.0.1:1", fetch }).next()).rejects.toMatchObject({
    code: "PLB_SERVE_CLIENT_REFUSED",
    details: { code: "unknown" },
  });
  expect(isGivenUp).toBe(true);
  expect(pieces).toBeLessThan(10);
});

test("what is no stream server is told apart from one that is down", async () => {
  await expect(follow({ url: await scripted([["what?"]]) }).next()).rejects.toMatchObject({
    code: "PLB_SERVE_CLIENT_PROTOCOL",
  });
  const retry = { initialMs: 1, maxMs: 1, maxAttempts: 3 };
  const down = follow({ url: "http://127.0.0.1:9", retry, cursor: "latest" });
  await expect(down.next()).rejects.toMatchObject({ code: "PLB_SERVE_CLIENT_GIVEN_UP", details: { attempts: 3 } });
});

test("waits grow, are random in part, and are bounded", async () => {
  const clock = createFakeClock();
  const waits: number[] = [];
  const timers = {
    setTimer: (callback: () => void, delayMs: number) => {
      if (delayMs !== 45_000) waits.push(delayMs);
      return clock.setTimer(callback, delayMs);
    },
  };
  let attempts = 0;
  const fetch = (): Promise<Response> => {
    attempts += 1;
    return Promise.reject(new Error("down"));
  };
  const follower = followStream({
    url: "http://127.0.0.1:1",
    fetch,
    timers,
    random: () => 0.5,
    retry: { maxAttempts: 9 },
  });
  const next = follower.next().catch((error: unknown) => error);
  for (let at = 0; at < 8; at++) await clock.advance(30_000);
  expect(await next).toMatchObject({ code: "PLB_SERVE_CLIENT_GIVEN_UP" });
  expect(waits).toEqual([375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
  expect(attempts).toBe(9);
});
