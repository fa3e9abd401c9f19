import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { expect, test, vi } from "vitest";
import { SpoiledMemory } from "../../stream/test/spoiled-memory.ts";
import { FrameCache } from "../src/frame-cache.ts";
import type { StreamServerOptions } from "../src/options.ts";
import type { Outlet } from "../src/outlet.ts";
import { readRequest } from "../src/request-options.ts";
import { serverError } from "../src/server-error.ts";
import { resolveServerSettings } from "../src/server-settings.ts";
import { ServerTotals } from "../src/server-totals.ts";
import { Session } from "../src/session.ts";
import { openJournal, tempFolder } from "./scene.ts";

/** An outlet that keeps what it is sent, and whose socket is full when the test says so. */
class ToyOutlet implements Outlet {
  readonly transport = "sse";
  readonly isOpen = true;
  bufferedBytes = 0;
  text = "";
  readonly ping = (): void => undefined;
  readonly end = (): void => undefined;
  #drained: (() => void)[] = [];

  send(wire: Buffer): boolean {
    this.text += wire.toString();
    return this.bufferedBytes === 0;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** How many wait for its socket. */
  get waiting(): number {
    return this.#drained.length;
  }

  drain(): void {
    this.bufferedBytes = 0;
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

/** A session of its own server, on an outlet of the test's. */
function sessionOf(options: StreamServerOptions, cursor = "earliest"): Session {
  const host = {
    settings: resolveServerSettings(options),
    cache: new FrameCache(),
    memory: new SpoiledMemory(),
    totals: new ServerTotals(),
  };
  const request = readRequest(new URLSearchParams({ cursor }), undefined, 10);
  return new Session(host, { transport: "sse", compress: "none" }, request, { id: 1, remote: "" });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("lines that were read are sent as they stood, also when the answer to an update waits for the socket before them for long", async () => {
  const scene = await openJournal();
  await scene.append(6);
  const { lines, epoch, journal } = scene;
  await journal.close();
  const path = join(await tempFolder(), "checkout.jsonl");
  await writeFile(path, [...lines.slice(0, 2), "no line", ...lines.slice(2), ""].join("\n"));
  const outlet = new ToyOutlet();
  // Told while a subscription has read, and has not given yet.
  const warn = (): void => {
    outlet.bufferedBytes = 100;
    session.receive('{"kind":"options_update","id":"now","options":{}}');
  };
  const session: Session = sessionOf({
    journal: path,
    pollMs: 5,
    maxBatchBytes: 1,
    diagnostics: { warn, error: () => undefined },
  });
  await session.begin();
  const running = session.run(outlet);
  await vi.waitUntil(() => outlet.waiting > 0, { timeout: 20_000, interval: 1 });
  for (const ms of [1000, 2000, 3000]) session.tick(ms);
  await turn();
  outlet.drain();
  await vi.waitUntil(() => outlet.text.includes('"n":6'), { timeout: 20_000, interval: 1 });
  session.gone();
  await running;
  const sent = outlet.text.split("\n").filter((line) => line.startsWith("data: "));
  const [before, after] = [lines.slice(0, 2), lines.slice(2)];
  const eventOf = (line: string): string =>
    `data: {"kind":"event","cursor":"${(JSON.parse(line) as { id: string }).id}","event":${line}}`;
  expect(sent.filter((line) => line.includes('"kind":"event"') || line.includes('"options"'))).toEqual([
    ...before.map(eventOf),
    `data: {"kind":"progress","cursor":"${epoch}:2","live":false,"options":"now"}`,
    ...after.map(eventOf),
  ]);
});

test("a session that ends while its socket is full does not wait out its rate", async () => {
  const scene = await openJournal();
  await scene.append(20);
  const clock = createFakeClock();
  const outlet = new ToyOutlet();
  outlet.bufferedBytes = 100;
  const session = sessionOf({ journal: scene.journal, maxEventsPerSecond: 1, clock });
  await session.begin();
  const running = session.run(outlet);
  await vi.waitUntil(() => outlet.waiting > 0, { timeout: 20_000, interval: 1 });
  session.end(serverError("PLB_SERVE_CLOSING"));
  outlet.drain();
  await running; // by a clock that stands still
});

test("a subscriber of a journal without an event was sent all of it, also by a cursor of an earlier run", async () => {
  const before = await openJournal();
  await before.append(2);
  const { epoch } = before;
  await before.journal.close();
  const { journal } = await openJournal({ folder: dirname(before.path) });
  for (const [cursor, source] of [
    ["earliest", (await openJournal()).journal],
    [`${epoch}:1`, journal],
  ] as const) {
    const outlet = new ToyOutlet();
    const session = sessionOf({ journal: source }, cursor);
    await session.begin();
    expect(session.isCaughtUp).toBe(false);
    const running = session.run(outlet);
    await vi.waitUntil(() => session.isCaughtUp, { timeout: 20_000, interval: 1 });
    expect(outlet.text.includes('"n":2')).toBe(cursor !== "earliest");
    session.gone();
    await running;
  }
});

test.each([
  { bufferedBytes: 100_000, how: "more than an update waits behind" },
  { bufferedBytes: 30_000, how: "less, but the socket is full" },
])("however many updates come, one waits for the socket ($how)", async ({ bufferedBytes }) => {
  const { journal } = await openJournal();
  const outlet = new ToyOutlet();
  const session = sessionOf({ journal }, "latest");
  await session.begin();
  const running = session.run(outlet);
  await vi.waitUntil(() => outlet.text.includes('"live":true'), { timeout: 20_000, interval: 1 });
  outlet.bufferedBytes = bufferedBytes;
  for (let id = 1; id <= 200; id++) {
    session.receive(`{"kind":"options_update","id":${id},"options":{}}`);
    if (id % 20 === 0) await turn();
    expect(outlet.waiting).toBeLessThanOrEqual(1);
  }
  await vi.waitUntil(
    () => {
      outlet.drain();
      return outlet.text.includes('"options":200');
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(outlet.text.match(/"options":/g)?.length).toBeLessThanOrEqual(2);
  session.gone();
  await running;
});
