import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { OutputReport } from "@plumbline/core";
import { attributeOf, createOtlpReceiver, createRandom, itemsOf, type ReceivedRequest } from "@plumbline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { imbalanceOf, tempFolder } from "./journaled-scene.ts";

/** `PLUMBLINE_KILLS=100` for the long run; `PLUMBLINE_SEED` for other instants. */
const KILLS = Number(process.env["PLUMBLINE_KILLS"] ?? 3);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);
/** The numbers of a run's events begin with a multiple of this. */
const RUN = 1_000_000;

interface Run {
  readonly child: ChildProcess;
  readonly acknowledged: () => readonly number[];
  readonly report: () => readonly OutputReport[];
  readonly ended: Promise<string>;
}

function startRun(argument: object): Run {
  const program = fileURLToPath(new URL("programs/killed-service.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(argument)], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (text += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (errors += data));
  return {
    child,
    acknowledged: () => [...text.matchAll(/^ack (\d+)\n/gm)].map(([, n]) => Number(n)),
    report: () => JSON.parse(/^report (.*)$/m.exec(text)?.[1] ?? "[]") as OutputReport[],
    ended: new Promise((resolve) => child.once("close", () => resolve(errors))),
  };
}

/** Number and id of each event of a request. */
function eventsOf(request: ReceivedRequest): readonly { readonly n: number; readonly uid: string }[] {
  return itemsOf(request).map(({ item }) => ({
    n: Number(attributeOf(item, "n")?.["intValue"]),
    uid: String(attributeOf(item, "log.record.uid")?.["stringValue"]),
  }));
}

test(
  "kill -9 of the service while the collector is down, and while it is up: 0 lost, repeats only of the last batch, each under its id",
  { timeout: 120_000 + KILLS * 10_000 },
  async () => {
    const folder = tempFolder();
    const random = createRandom(SEED);
    await using receiver = await createOtlpReceiver();
    const { url } = receiver;
    const acknowledged: number[] = [];
    /** Where in the requests each run begins. */
    const begins: number[] = [];
    for (let round = 0; round < KILLS; round++) {
      const isDown = round % 3 === 1;
      if (isDown) await receiver.goDown();
      begins.push(receiver.requests.length);
      const run = startRun({ folder, url, from: round * RUN, events: RUN });
      const enough = 20 + Math.trunc(random() * 300);
      await vi.waitUntil(() => run.acknowledged().length >= enough || run.child.exitCode !== null, 60_000);
      // One round in three the collector goes away just before, or comes back.
      if (round % 3 === 2) await receiver.goDown();
      if (isDown) await receiver.comeUp();
      run.child.kill("SIGKILL");
      await run.ended;
      await receiver.comeUp();
      acknowledged.push(...run.acknowledged());
    }
    begins.push(receiver.requests.length);
    const last = startRun({ folder, url, from: KILLS * RUN, events: 50 });
    expect(await last.ended).not.toContain("Error:");
    acknowledged.push(...last.acknowledged());

    const uids = new Map<number, string>();
    const inOrder: number[] = [];
    let repeats = 0;
    /** Events of batches whose outcome a kill has left unknown: they may come again, in smaller batches too, until another event settles it. */
    const uncertain = new Set<number>();
    let inLastBatch = new Set<number>();
    for (const [index, request] of receiver.requests.entries()) {
      if (begins.includes(index)) for (const n of inLastBatch) uncertain.add(n);
      const events = eventsOf(request);
      for (const { n, uid } of events) {
        const known = uids.get(n);
        expect(known ?? uid, `seed ${SEED}: ${n} came again under another id`).toBe(uid);
        if (known === undefined) {
          inOrder.push(n);
          uncertain.clear();
        } else {
          repeats += 1;
          const isAllowed = uncertain.has(n) || inLastBatch.has(n);
          expect(isAllowed, `seed ${SEED}: ${n} came again, and was in no last batch`).toBe(true);
        }
        uids.set(n, uid);
      }
      inLastBatch = new Set(events.map(({ n }) => n));
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * 20);
    expect(
      acknowledged.filter((n) => !uids.has(n)),
      `seed ${SEED}: lost`,
    ).toEqual([]);
    expect(inOrder, `seed ${SEED}: order`).toEqual(inOrder.toSorted((a, b) => a - b));
    expect(new Set(uids.values()).size).toBe(uids.size);
    const collector = last.report().find(({ name }) => name === "collector") ?? expect.fail("no account");
    expect(collector).toMatchObject({ accepted: 50, queued: 0, inFlight: 0, dropped: {} });
    expect(imbalanceOf(collector)).toBe(0);
    console.log(`${KILLS} kills: ${acknowledged.length} acknowledged, ${uids.size} arrived, ${repeats} of them again`);
  },
);
