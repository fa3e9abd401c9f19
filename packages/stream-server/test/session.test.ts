import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { SpoiledMemory } from "../../stream/test/spoiled-memory.ts";
import { FrameCache } from "../src/frame-cache.ts";
import type { Outlet } from "../src/outlet.ts";
import { readRequest } from "../src/request-options.ts";
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

  get isWaitedFor(): boolean {
    return this.#drained.length > 0;
  }

  drain(): void {
    this.bufferedBytes = 0;
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

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
  const host = {
    settings: resolveServerSettings({
      journal: path,
      pollMs: 5,
      maxBatchBytes: 1,
      diagnostics: { warn, error: () => undefined },
    }),
    cache: new FrameCache(),
    memory: new SpoiledMemory(),
    totals: new ServerTotals(),
  };
  const request = readRequest(new URLSearchParams("cursor=earliest"), undefined, 10);
  const session: Session = new Session(host, { transport: "sse", compress: "none" }, request, { id: 1, remote: "" });
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
  const [before, after] = [lines.slice(0, 2), lines.slice(2)];
  const eventOf = (line: string): string =>
    `data: {"kind":"event","cursor":"${(JSON.parse(line) as { id: string }).id}","event":${line}}`;
  expect(sent.filter((line) => line.includes('"kind":"event"') || line.includes('"options"'))).toEqual([
    ...before.map(eventOf),
    `data: {"kind":"progress","cursor":"${epoch}:2","live":false,"options":"now"}`,
    ...after.map(eventOf),
  ]);
});
