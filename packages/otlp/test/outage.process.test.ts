import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { accountOf, imbalanceOf, ReceiverProcess, ServiceProcess, type ServiceState } from "./outage/outage-run.ts";
import { writePage } from "./outage/outage-page.ts";

/** `PLUMBLINE_OUTAGE_SECONDS=600` for the long run, 60 for one of a minute; with `PLUMBLINE_DOCS=1` it writes docs/reference/otlp-outage.md. */
const DOWN_MS = Number(process.env["PLUMBLINE_OUTAGE_SECONDS"] ?? 3) * 1000;
const IS_LONG = DOWN_MS > 30_000;
/** Events a second. */
const RATE = Number(process.env["PLUMBLINE_RATE"] ?? (IS_LONG ? 5000 : 2500));
/** Of so many one goes to the collector that is fed directly. */
const LIVE_PART = 50;
/** A short outage is of larger events, so that what waits would be seen if it were kept in memory. */
const PAD = IS_LONG ? 40 : 2000;
const WARM_MS = IS_LONG ? 10_000 : 1500;
const MIB = 1024 * 1024;
const MAX_GROWTH = 16 * MIB;

/** On a machine with other things to do, events wait for the disk and for sockets in memory, for a moment: what is kept there is kept for longer. */
async function atRest(service: ServiceProcess, mostHeap: number): Promise<ServiceState> {
  let state = await service.measure();
  for (let tries = 0; tries < 20 && state.heap >= mostHeap; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    state = await service.measure();
  }
  return state;
}

test(
  "a collector that is down while thousands of events a second go on: 0 lost, in order, memory flat, and live events are not kept waiting",
  { timeout: 4 * DOWN_MS + 600_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "plumbline-outage-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [collector, live] = await Promise.all([ReceiverProcess.start(), ReceiverProcess.start()]);
    const service = new ServiceProcess({ folder, url: collector.url, liveUrl: live.url, rate: RATE, pad: PAD });
    const emitted = (count: number): Promise<ServiceState> => service.until(({ n }) => n >= count, DOWN_MS + 120_000);

    await emitted((RATE * WARM_MS) / 1000);
    const warm = await service.measure();
    await collector.tell("down");
    const begun = performance.now();
    await emitted(warm.n + (RATE * DOWN_MS) / 1000);
    const down = await atRest(service, warm.heap + MAX_GROWTH);
    const outageMs = performance.now() - begun;
    const backlog = accountOf(down, "collector").queued + accountOf(down, "collector").inFlight;
    const before = await collector.tell("up");
    await live.tell("report");
    const up = performance.now();
    await service.until((state) => accountOf(state, "collector").queued < RATE, DOWN_MS + 300_000);
    const catchUpMs = performance.now() - up;
    const caughtUp = await atRest(service, warm.heap + MAX_GROWTH);
    const { latestMs } = await live.tell("report");
    await emitted(caughtUp.n + RATE);
    const last = await service.stop();
    const [atCollector, atLive] = await Promise.all([collector.tell("report"), live.tell("report")]);

    // Nothing lost, nothing out of order, nothing twice but what was under way when the connection broke.
    const account = accountOf(last, "collector");
    expect(account).toMatchObject({ accepted: last.n, delivered: last.n, queued: 0, inFlight: 0, dropped: {} });
    expect(atCollector).toMatchObject({ count: last.n, reordered: 0, withoutUid: 0, otherUid: 0 });
    expect(atCollector.repeated).toBeLessThanOrEqual(512);
    for (const state of service.states) for (const output of state.outputs) expect(imbalanceOf(output)).toBe(0);
    expect(backlog).toBeGreaterThan((0.8 * RATE * DOWN_MS) / 1000);
    expect(before.count + before.repeated).toBeLessThan(down.n - backlog / 2);

    // Those who emit are not held up meanwhile, and who is fed directly gets everything, too.
    expect(caughtUp.n).toBeGreaterThan(down.n);
    const forLive = Math.ceil(last.n / LIVE_PART);
    const filtered = last.n - forLive;
    expect(accountOf(last, "live")).toMatchObject({ accepted: last.n, delivered: forLive, filtered, dropped: {} });
    expect(atLive).toMatchObject({ count: forLive, repeated: 0, reordered: 0 });

    // What waits is on disk.
    const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(onDisk).toBeGreaterThan(2 * MAX_GROWTH);
    expect(down.heap - warm.heap).toBeLessThan(MAX_GROWTH);
    expect(caughtUp.heap - warm.heap).toBeLessThan(MAX_GROWTH);

    const between = (from: ServiceState, to: ServiceState): readonly ServiceState[] =>
      service.states.slice(service.states.indexOf(from) + 1, service.states.indexOf(to) + 1);
    const stall = (states: readonly ServiceState[]): string =>
      `${Math.max(...states.map(({ stallMs }) => stallMs)).toFixed(0)} ms`;
    const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
    const number = (count: number): string => count.toLocaleString("en-US");
    const rows: readonly (readonly [string, string])[] = [
      ["events emitted", number(last.n)],
      ["waiting when the collector came back", number(backlog)],
      ["**lost**", number(last.n - atCollector.count)],
      ["out of order", number(atCollector.reordered)],
      ["sent twice (a batch has 512)", number(atCollector.repeated)],
      ["without its id as `log.record.uid`", number(atCollector.withoutUid + atCollector.otherUid)],
      ["caught up after", `${(catchUpMs / 1000).toFixed(1)} s`],
      [
        "… at, new events included",
        `${number(Math.round(((backlog + caughtUp.n - down.n) * 1000) / catchUpMs))} events/s`,
      ],
      ["heap before the outage, garbage collected", mib(warm.heap)],
      ["… at its end", mib(down.heap)],
      ["… when it had caught up", mib(caughtUp.heap)],
      ["resident before the outage", mib(warm.rss)],
      ["… at its end", mib(down.rss)],
      ["… at most", mib(Math.max(...service.states.map(({ rss }) => rss)))],
      ["journal on disk", mib(onDisk)],
      ["longest stall of the event loop before", stall(service.states.slice(1, service.states.indexOf(warm) + 1))],
      ["… in the outage", stall(between(warm, down))],
      ["… catching up", stall(between(down, caughtUp))],
      [`lost of ${number(forLive)} at the collector that is fed directly`, number(forLive - atLive.count)],
      ["longest way there while catching up (batches wait 1 s)", `${number(latestMs)} ms`],
    ];
    console.log(rows.map(([what, count]) => `${what}: ${count}`).join("\n"));
    const heading = `${RATE.toLocaleString("en-US")} events a second, the collector down for ${(outageMs / 1000).toFixed(0)} s.`;
    if (process.env["PLUMBLINE_DOCS"] === "1") await writePage(heading, rows);
  },
);
