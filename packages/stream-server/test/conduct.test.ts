import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createFakeClock } from "@plumbline/testing";
import { FairRate } from "../src/fair-rate.ts";
import { LifeSigns } from "../src/life-signs.ts";
import type { Outlet } from "../src/outlet.ts";
import { recordRun } from "../../stream/test/record-run.ts";
import { openJournal, range, serve, Subscriber } from "./scene.ts";

/** An outlet whose socket takes what the test says it takes. */
function toyOutlet(transport: "websocket" | "sse"): Outlet & { bufferedBytes: number; pings: number } {
  return {
    transport,
    isOpen: true,
    bufferedBytes: 0,
    pings: 0,
    send: () => true,
    drained: () => Promise.resolve(),
    ping() {
      this.pings += 1;
    },
    end: () => undefined,
  };
}

const TIMES = { heartbeatMs: 10_000, stallTimeoutMs: 60_000 };

test("who takes a byte now and then is never given up, and who takes none is, after the stated time", () => {
  const outlet = toyOutlet("websocket");
  const signs = new LifeSigns(outlet, 0, TIMES);
  outlet.bufferedBytes = 100_000;
  let now = 0;
  // An hour of one byte every 59 seconds.
  for (; now < 3_600_000; now += 1000) {
    if (now % 59_000 === 0) outlet.bufferedBytes -= 1;
    expect(signs.tick(now)).toBe("alive");
  }
  outlet.bufferedBytes -= 1;
  expect(signs.tick(now)).toBe("alive");
  // Pongs do not count while bytes wait.
  signs.ponged();
  expect(signs.tick(now + 59_999)).toBe("alive");
  expect(signs.tick(now + 60_000)).toBe("stalled");
});

test("a refilled socket counts as progress only when it was drained", () => {
  const outlet = toyOutlet("websocket");
  const signs = new LifeSigns(outlet, 0, TIMES);
  for (let now = 0; now < 600_000; now += 1000) {
    outlet.bufferedBytes = 70_000;
    if (now % 50_000 === 0) signs.drained();
    expect(signs.tick(now)).toBe("alive");
  }
  expect(signs.tick(620_000)).toBe("stalled");
});

test("an idle WebSocket is pinged, and given up without an answer; an idle SSE gets comments", () => {
  const outlet = toyOutlet("websocket");
  const signs = new LifeSigns(outlet, 0, TIMES);
  for (let now = 0; now <= 100_000; now += 1000) {
    expect(signs.tick(now)).toBe("alive");
    signs.ponged();
  }
  expect(outlet.pings).toBe(10);
  const states = range(101, 180).map((second) => signs.tick(second * 1000));
  expect(states.indexOf("stalled")).toBeGreaterThan(58);
  const comments = toyOutlet("sse");
  const quiet = new LifeSigns(comments, 0, TIMES);
  for (let now = 0; now <= 1_000_000; now += 1000) expect(quiet.tick(now)).toBe("alive");
  expect(comments.pings).toBe(100);
});

test("a large event has as many timeouts as it has quarters of a MiB", () => {
  const outlet = toyOutlet("websocket");
  const signs = new LifeSigns(outlet, 0, TIMES);
  outlet.bufferedBytes = 1024 * 1024;
  expect(signs.tick(0)).toBe("alive");
  expect(signs.tick(239_000)).toBe("alive");
  expect(signs.tick(240_000)).toBe("stalled");
});

test("a rate is one of each subscriber, with a second's worth at once", async () => {
  const clock = createFakeClock();
  const rate = new FairRate(clock, 1000);
  expect(rate.take(1000)).toBe(0);
  expect(rate.take(500)).toBe(500);
  await clock.advance(500);
  expect(rate.take(0)).toBe(0);
  await clock.advance(60_000);
  expect(rate.take(1001)).toBe(1);
});

test("fifty behind one address each have the whole rate; one that is slowed by it misses nothing", async () => {
  const scene = await openJournal();
  await scene.append(300);
  const server = await serve({ journal: scene.journal, maxEventsPerSecond: 250, maxBatchBytes: 2048 });
  const clients = range(1, 50).map(() => new Subscriber(server.url, "cursor=earliest&batch=20"));
  for (const client of clients) await client.untilEvents(300);
  expect(clients.every(({ numbers }) => numbers.length === 300)).toBe(true);
  expect(await server.metrics()).toMatch(/rate_limited_seconds_total [1-9]/);
});

test("many that come back to one old cursor at once each get the same", { timeout: 120_000 }, async () => {
  const scene = await openJournal({ rotate: { maxBytes: 20_000 } });
  await scene.append(400);
  const server = await serve({ journal: scene.path });
  // The long form: PLUMBLINE_RECONNECTS=1000.
  const count = Number(process.env["PLUMBLINE_RECONNECTS"] ?? 50);
  const clients = range(1, count).map(() => new Subscriber(server.url, `cursor=${scene.epoch}:200&batch=256`));
  for (const client of clients) await client.untilEvents(200);
  const wanted = range(201, 400).join();
  expect(clients.every(({ numbers }) => numbers.join() === wanted)).toBe(true);
  recordRun("reconnects", {
    "clients at once": count,
    "events to each": 200,
    missing: 0,
    repeated: 0,
    "out of order": 0,
  });
});

test(
  "one that takes half of what comes falls back to disk and misses nothing; a fast one beside it stays live",
  { timeout: 120_000 },
  async () => {
    const scene = await openJournal({ retainBytes: 20_000, rotate: { maxBytes: 300_000 } });
    const server = await serve({ journal: scene.journal });
    const fast = new Subscriber(server.url, "cursor=latest");
    const slow = new Subscriber(server.url, "cursor=latest");
    for (const each of [fast, slow]) await each.until(({ frames }) => frames.length > 0);
    const phasesOf = async (): Promise<readonly string[]> =>
      (await server.status()).subscribers.map(({ phase }) => phase.replace(/ .*/, ""));
    const slowPhases = new Set<string | undefined>();
    // It reads in every second round only, for as long as the fast one needs.
    for (let round = 0; round < 20; round++) {
      if (round % 10 === 0) slow.socket.pause();
      if (round % 10 === 9) slow.socket.resume();
      await scene.append(15, 100_000);
      await fast.untilEvents((round + 1) * 15);
      slowPhases.add((await phasesOf())[1]);
    }
    slow.socket.resume();
    await slow.until(({ events }) => {
      void phasesOf().then(([, phase]) => slowPhases.add(phase));
      return events.length >= 300;
    });
    for (const each of [fast, slow]) expect(each.numbers).toEqual(range(1, 300));
    expect(slowPhases).toContain("replay");
    await expect.poll(phasesOf, { timeout: 20_000 }).toEqual(["live", "live"]);
    expect((await server.status()).closed).toEqual({});
  },
);

test(
  "one whose socket is full all the time, and takes a little now and then, is not given up, however long that takes",
  { timeout: 120_000 },
  async () => {
    const scene = await openJournal();
    await scene.append(200, 100_000);
    const STALL_MS = 500;
    const server = await serve({ journal: scene.journal, stallTimeoutMs: STALL_MS, heartbeatMs: 250 });
    const client = new Subscriber(server.url, "cursor=earliest");
    const startedMs = performance.now();
    const states: (string | undefined)[] = [];
    const look = async (): Promise<string | undefined> => (await server.status()).subscribers[0]?.state;
    // It rests until its socket is full, or until all that is left fits into it, and then a while.
    const rest = async (): Promise<void> => {
      client.socket.pause();
      let state = await look();
      for (; state !== "blocked" && state !== "live"; state = await look()) await sleep(5);
      states.push(state);
      await sleep(50);
      client.socket.resume();
    };
    let taken = 0;
    client.socket.on("message", (data: Buffer) => {
      taken += data.length;
      if (taken < 400_000) return;
      taken = 0;
      void rest();
    });
    await client.untilEvents(200);
    expect(performance.now() - startedMs).toBeGreaterThan(STALL_MS * 3);
    // It never came to an end of what waited for it.
    expect(states.filter((state) => state === "blocked").length).toBeGreaterThan(states.length / 2);
    expect(client.numbers).toEqual(range(1, 200));
    expect((await server.status()).closed).toEqual({});
  },
);

test("while more waits for sockets than there may, nobody new is taken; when it is taken, they are", async () => {
  const scene = await openJournal();
  await scene.append(130, 100_000);
  const server = await serve({ journal: scene.journal, maxBufferedBytes: 50_000 });
  const stopped = new Subscriber(server.url, "cursor=earliest");
  await stopped.untilEvents(1);
  stopped.socket.pause();
  await expect.poll(async () => (await server.status()).bufferedBytes, { timeout: 20_000 }).toBeGreaterThan(50_000);
  const refused = new Subscriber(server.url, "cursor=latest");
  await refused.until(({ closed }) => closed !== undefined);
  expect(refused.frames).toEqual([]);
  expect((await server.status()).refused).toEqual({ PLB_SERVE_FULL: 1 });
  stopped.socket.resume();
  await stopped.untilEvents(130);
  await expect.poll(async () => (await server.status()).bufferedBytes, { timeout: 20_000 }).toBe(0);
  const taken = new Subscriber(server.url, "cursor=latest");
  await taken.until(({ frames }) => frames.length > 0);
  expect(stopped.numbers).toEqual(range(1, 130));
});

test("a socket that stops without closing is given up with a typed reason, and the others notice nothing", async () => {
  const scene = await openJournal();
  const server = await serve({ journal: scene.journal, stallTimeoutMs: 1500, heartbeatMs: 500 });
  const calm = new Subscriber(server.url, "cursor=latest");
  const stopped = new Subscriber(server.url, "cursor=latest");
  for (const each of [calm, stopped]) await each.until(({ frames }) => frames.length > 0);
  stopped.socket.pause();
  await scene.append(130, 100_000);
  await calm.untilEvents(130);
  const reason = async (): Promise<unknown> => (await server.status()).closed;
  await expect.poll(reason, { timeout: 20_000 }).toEqual({ PLB_SERVE_STALLED: 1 });
  expect(calm.numbers).toEqual(range(1, 130));
  await expect.poll(() => server.subscribers, { timeout: 10_000 }).toBe(1);
  // It comes back with the cursor that it has, and goes on.
  stopped.socket.resume();
  await stopped.until(({ closed }) => closed !== undefined);
  const last = stopped.events.at(-1);
  const back = new Subscriber(server.url, `cursor=${last?.id ?? "earliest"}`);
  await back.until(({ numbers }) => numbers.at(-1) === 130);
  expect([...stopped.numbers, ...back.numbers]).toEqual(range(1, 130));
});
