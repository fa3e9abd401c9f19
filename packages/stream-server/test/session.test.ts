import { expect, test, vi, onTestFinished } from "vitest";
import { JournalReader } from "../../stream/src/journal-reader.ts";
import { SpoiledMemory } from "../../stream/test/spoiled-memory.ts";
import { FrameCache } from "../src/frame-cache.ts";
import type { Outlet } from "../src/outlet.ts";
import { readRequest } from "../src/request-options.ts";
import { resolveServerSettings } from "../src/server-settings.ts";
import { ServerTotals } from "../src/server-totals.ts";
import { Session } from "../src/session.ts";
import { openJournal } from "./scene.ts";

/** An outlet that keeps what it is sent, and whose socket is full when the test says so. */
class ToyOutlet implements Outlet {
  readonly transport = "sse";
  readonly isOpen = true;
  bufferedBytes = 0;
  text = "";
  #drained: (() => void)[] = [];

  send(wire: Buffer): boolean {
    this.text += wire.toString();
    return this.bufferedBytes === 0;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  get isWaitedFor(): boolean {
    return this.#drained.length > 0;
  }

  drain(): void {
    this.bufferedBytes = 0;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  ping(): void {}
  end(): void {}
}

test("lines that were read are sent as they stood, also when the answer to an update waits for the socket before them for long", async () => {
  const scene = await openJournal();
  await scene.append(6);
  const host = {
    settings: resolveServerSettings({ journal: scene.path, pollMs: 5, maxBatchBytes: 1 }),
    cache: new FrameCache(),
    memory: new SpoiledMemory(),
    totals: new ServerTotals(),
  };
  const request = readRequest(new URLSearchParams("cursor=earliest"), undefined, 10);
  const session = new Session(host, { transport: "sse", compress: "none" }, request, { id: 1, remote: "" });
  const outlet = new ToyOutlet();
  const read = JournalReader.prototype.read;
  let count = 0;
  const spy = vi.spyOn(JournalReader.prototype, "read").mockImplementation(async function (
    this: JournalReader,
    bounds,
  ) {
    const found = await read.call(this, bounds);
    count += 1;
    if (count === 3) {
      // It comes while its subscription has read, and has not given yet.
      outlet.bufferedBytes = 100;
      session.receive('{"kind":"options_update","id":"now","options":{}}');
    }
    return found;
  });
  onTestFinished(() => spy.mockRestore());
  await session.begin();
  const running = session.run(outlet);
  await vi.waitUntil(() => outlet.isWaitedFor, { timeout: 20_000, interval: 1 });
  for (const ms of [1000, 2000, 3000]) session.tick(ms);
  await new Promise((resolve) => setImmediate(resolve));
  outlet.drain();
  await vi.waitUntil(() => outlet.text.includes('"n":6'), { timeout: 20_000, interval: 1 });
  session.gone();
  await running;
  const sent = outlet.text.split("\n").filter((line) => line.startsWith("data: "));
  const [before, after] = [scene.lines.slice(0, 2), scene.lines.slice(2)];
  const eventOf = (line: string): string =>
    `data: {"kind":"event","cursor":"${(JSON.parse(line) as { id: string }).id}","event":${line}}`;
  expect(sent.filter((line) => line.includes('"kind":"event"') || line.includes('"options"'))).toEqual([
    ...before.map(eventOf),
    `data: {"kind":"progress","cursor":"${scene.epoch}:2","live":false,"options":"now"}`,
    ...after.map(eventOf),
  ]);
});
