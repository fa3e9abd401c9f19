import { RetryableError } from "@plumbline/core";
import { createFakeClock, createTestLines } from "@plumbline/testing";
import { expect, test } from "vitest";
import { otlpError } from "../src/otlp-error.ts";
import type { OtlpSink } from "../src/otlp-sink.ts";
import { DirectDelivery } from "../src/sdk/line-delivery.ts";

const RETRY_FOR_MS = 1000;

function scene(write: OtlpSink["write"]) {
  const clock = createFakeClock();
  let isClosed = false;
  const sink = {
    write,
    start: async () => undefined,
    close: async () => {
      isClosed = true;
    },
  } as unknown as OtlpSink; // as much of one as a delivery asks of it
  const options = { sink, clock, name: "spans", retryForMs: RETRY_FOR_MS, batchCount: 2, random: () => 0.5 };
  return { clock, delivery: new DirectDelivery(options), isClosed: () => isClosed };
}

function busy(): RetryableError {
  return new RetryableError("busy", { cause: otlpError("PLB_OTLP_BUSY") });
}

test("an export goes on trying for its time, however many batches it has, and all of it is in the account", async () => {
  let isBusy = true;
  const { clock, delivery } = scene(async () => {
    if (isBusy) throw busy();
  });
  let outcome: unknown;
  void delivery.deliver(createTestLines(20)).catch((error: unknown) => {
    outcome = error;
  });
  for (let ms = 0; ms <= RETRY_FOR_MS; ms += 100) await clock.advance(100);
  expect(outcome).toMatchObject({ code: "PLB_OTLP_BUSY" });
  expect(delivery.report()).toMatchObject({ accepted: 20, dropped: { PLB_OTLP_BUSY: 20 } });
  isBusy = false;
  await delivery.deliver(createTestLines(3));
  expect(delivery.report()).toMatchObject({ accepted: 23, delivered: 3 });
});

test("what is given up is counted under the failure that ended the export, and not under one that another batch had", async () => {
  let writes = 0;
  const { clock, delivery } = scene(async () => {
    writes += 1;
    throw writes === 1 ? otlpError("PLB_OTLP_REFUSED") : busy();
  });
  const outcome = delivery.deliver(createTestLines(8)).catch((error: unknown) => error);
  for (let ms = 0; ms <= RETRY_FOR_MS; ms += 100) await clock.advance(100);
  expect(await outcome).toMatchObject({ code: "PLB_OTLP_REFUSED" });
  expect(delivery.report()).toMatchObject({ accepted: 8, dropped: { PLB_OTLP_REFUSED: 2, PLB_OTLP_BUSY: 6 } });
});

test("an export that is slow and gets on is not given up", async () => {
  const { clock, delivery } = scene(
    () =>
      new Promise((resolve) => {
        clock.setTimer(() => resolve(undefined), 600);
      }),
  );
  const delivering = delivery.deliver(createTestLines(8));
  for (let ms = 0; ms < 2400; ms += 600) await clock.advance(600);
  await delivering;
  expect(delivery.report()).toMatchObject({ delivered: 8 });
});

test("a close waits for what is under way, but no longer than an export may try", async () => {
  const { clock, delivery, isClosed } = scene(
    (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(busy()))),
  );
  const outcomes = [1, 2].map((count) => delivery.deliver(createTestLines(count)).catch((error: unknown) => error));
  const closing = delivery.close();
  await clock.advance(RETRY_FOR_MS - 1);
  expect(isClosed()).toBe(false);
  await clock.advance(1);
  await closing;
  expect(isClosed()).toBe(true);
  expect(await Promise.all(outcomes)).toMatchObject([{ code: "PLB_OTLP_BUSY" }, { code: "PLB_OTLP_BUSY" }]);
  expect(clock.pendingTimers).toBe(0);
});
