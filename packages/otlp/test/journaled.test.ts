import { createOtlpReceiver } from "@plumbline/testing";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { arrivedAt, createJournaledService, tempFolder, type JournaledService } from "./journaled-scene.ts";

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

/** Waits for something, and keeps both accounts under watch meanwhile. */
async function watched(service: JournaledService, holds: () => boolean): Promise<void> {
  await expect
    .poll(
      () => {
        expect(service.imbalance()).toBe(0);
        return holds();
      },
      { timeout: 25_000, interval: 2 },
    )
    .toBe(true);
}

describe("delivery: journal", () => {
  test("a burst of 100,000 in one tick arrives whole, in order, each with its id, within the default bound", async () => {
    await using receiver = await createOtlpReceiver();
    const service = await createJournaledService(tempFolder(), receiver);
    for (let n = 0; n < 100_000; n++) service.pipeline.emit({ name: "burst", attributes: { n } });
    expect(service.imbalance()).toBe(0);
    await service.pipeline.flush({ timeoutMs: 25_000 });
    await watched(service, () => service.delivery.report().delivered === 100_000);
    const { epoch } = service.journal;
    expect(service.delivery.report()).toMatchObject({ accepted: 100_000, queued: 0, inFlight: 0, dropped: {} });
    expect(service.pipeline.report().outputs[0]).toMatchObject({ accepted: 100_000, delivered: 100_000, dropped: {} });
    const arrived = arrivedAt(receiver);
    expect(arrived).toHaveLength(100_000);
    expect(arrived.every(({ n, uid }, index) => n === index && uid === `${epoch}:${index + 1}`)).toBe(true);
    await service.close();
  });

  test("a collector that is down gets everything when it is up, in order, and both accounts are exact all along", async () => {
    await using receiver = await createOtlpReceiver();
    const service = await createJournaledService(tempFolder(), receiver);
    let n = 0;
    const emit = (count: number): void => {
      for (let more = 0; more < count; more++) service.pipeline.emit({ name: "order", attributes: { n: n++ } });
    };
    emit(2000);
    await watched(service, () => service.delivery.report().delivered >= 500);
    await receiver.goDown();
    for (let step = 0; step < 10; step++) {
      emit(500);
      await watched(service, () => service.delivery.report().accepted === n);
    }
    await watched(service, () => service.delivery.report().trouble === "PLB_OTLP_UNREACHABLE");
    expect(service.delivery.report().queued).toBeGreaterThan(4000);
    await receiver.comeUp();
    emit(500);
    await watched(service, () => service.delivery.report().delivered === n);
    expect(service.delivery.report()).toMatchObject({ dropped: {}, deadLetters: 0, trouble: undefined });
    const numbers = arrivedAt(receiver).map((each) => each.n);
    expect([...new Set(numbers)]).toEqual(range(n));
    // What was under way when the connection was reset may have arrived.
    expect(numbers.length - n).toBeLessThanOrEqual(512);
    await service.close();
  });

  test("every kind of loss stands in the account, and what was refused for good beside the journal", async () => {
    const folder = tempFolder();
    let busy = 3;
    await using receiver = await createOtlpReceiver({
      answer: (request) => {
        if (busy > 0) {
          busy -= 1;
          return { kind: "status", status: [429, 502, 503][busy] ?? 504 };
        }
        const numbers = arrivedIn(request.message);
        if (numbers.includes(700)) return { kind: "status", status: 400 };
        return numbers.includes(1500) ? { kind: "partial", rejected: 7, message: "" } : { kind: "accept" };
      },
    });
    const service = await createJournaledService(folder, receiver, { batch: { maxCount: 100 } });
    for (let n = 0; n < 2000; n++) service.pipeline.emit({ name: "order", attributes: { n } });
    await watched(service, () => service.delivery.report().queued === 0 && service.delivery.report().inFlight === 0);
    const report = service.delivery.report();
    expect(report).toMatchObject({ accepted: 2000, dropped: { PLB_OTLP_REFUSED: 1, rejected: 7 }, deadLetters: 1 });
    expect(report.delivered).toBe(2000 - 1 - 7);
    expect(receiver.logRecords).toHaveLength(report.delivered);
    expect(arrivedAt(receiver).some(({ n }) => n === 700)).toBe(false);
    expect(readFileSync(join(folder, "shop.dead-collector"), "utf8")).toContain('"n":700');
    await service.close();
  });

  test("several requests at once lose and repeat nothing, and each event keeps its id", async () => {
    const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    await using receiver = await createOtlpReceiver({
      answer: () => ({ kind: "wait", until: moment(), answer: { kind: "accept" } }),
    });
    const service = await createJournaledService(tempFolder(), receiver, { otlp: { concurrency: 8 } });
    for (let n = 0; n < 10_000; n++) {
      service.pipeline.emit({ name: "order", attributes: { n } });
      if (n % 2000 === 0) receiver.plan({ kind: "status", status: 503 });
    }
    await watched(service, () => service.delivery.report().delivered === 10_000);
    expect(receiver.mostUnderWay).toBeGreaterThan(1);
    const arrived = arrivedAt(receiver).toSorted((a, b) => a.n - b.n);
    const { epoch } = service.journal;
    expect(arrived).toEqual(range(10_000).map((n) => ({ n, uid: `${epoch}:${n + 1}` })));
    await service.close();
  });

  test("what a run leaves, the next one delivers under the ids that it had", async () => {
    const folder = tempFolder();
    await using receiver = await createOtlpReceiver();
    const { url } = receiver;
    await receiver.goDown();
    const first = await createJournaledService(folder, { url });
    for (let n = 0; n < 300; n++) first.pipeline.emit({ name: "order", attributes: { n } });
    await watched(first, () => first.delivery.report().trouble !== undefined);
    const epochs = [first.journal.epoch];
    await first.close();
    expect(first.delivery.report()).toMatchObject({ accepted: 300, queued: 300, delivered: 0 });
    await receiver.comeUp();
    const second = await createJournaledService(folder, { url });
    for (let n = 300; n < 310; n++) second.pipeline.emit({ name: "order", attributes: { n } });
    await watched(second, () => second.delivery.report().delivered === 310);
    expect(second.delivery.report()).toMatchObject({ accepted: 10, adopted: 300, dropped: {} });
    epochs.push(second.journal.epoch);
    const arrived = arrivedAt(receiver);
    expect(arrived.map(({ n }) => n)).toEqual(range(310));
    expect(arrived.map(({ uid }) => uid)).toEqual([
      ...range(300, 1).map((seq) => `${epochs[0]}:${seq}`),
      ...range(10, 1).map((seq) => `${epochs[1]}:${seq}`),
    ]);
    await second.close();
  });
});

/** The numbers of the events in a request, answered well or not. */
function arrivedIn(message: unknown): readonly number[] {
  return [...JSON.stringify(message).matchAll(/"key":"n","value":\{"intValue":"(\d+)"/g)].map(([, n]) => Number(n));
}
