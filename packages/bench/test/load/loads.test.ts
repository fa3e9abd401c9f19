import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { OpenLogger } from "../../src/contenders/contender.ts";
import { emitters, scheduled, tight, type Load } from "../../src/load/loads.ts";
import type { Attributes } from "../../src/load/payload.ts";
import { Timing } from "../../src/load/timing.ts";

const EVENTS: readonly Attributes[] = Array.from({ length: 100 }, (_, index) => ({ index }));

/** A logger that acknowledges after some turns of the event loop, and remembers what it was given. */
function recorder(): { readonly logger: OpenLogger; readonly seen: Attributes[]; most: number } {
  const seen: Attributes[] = [];
  const state = { open: 0 };
  const recorded = {
    seen,
    most: 0,
    logger: {
      log: (attributes: Attributes): void => void seen.push(attributes),
      async logAcknowledged(attributes: Attributes): Promise<void> {
        seen.push(attributes);
        state.open += 1;
        recorded.most = Math.max(recorded.most, state.open);
        await turn();
        await turn();
        state.open -= 1;
      },
      close: () => Promise.resolve(),
    },
  };
  return recorded;
}

test.each<[string, Load]>([
  ["tight", tight(7)],
  ["scheduled", scheduled(100_000, 10)],
  ["emitters", emitters(8)],
])("%s logs every event once and in order, timed or not", async (_name, load) => {
  for (const timing of [undefined, new Timing(EVENTS.length)]) {
    const { logger, seen } = recorder();
    await load(logger, EVENTS, timing);
    expect(seen).toEqual(EVENTS);
    if (timing !== undefined) expect(timing.figures()["stallMaxMillis"]).toBeGreaterThan(0);
  }
});

test("as many emitters as asked for wait side by side, and no more", async () => {
  const recorded = recorder();
  await emitters(8)(recorded.logger, EVENTS, undefined);
  expect(recorded.most).toBe(8);
});

test("a paced event is late by what those before it took", async () => {
  const timing = new Timing(EVENTS.length);
  const { logger } = recorder();
  let blocked = false;
  const blocking: OpenLogger = {
    ...logger,
    log(): void {
      if (blocked) return;
      blocked = true;
      const until = performance.now() + 20;
      while (performance.now() < until);
    },
  };
  await scheduled(1_000_000, 1)(blocking, EVENTS, timing);
  const { callP999Micros = 0, lateP999Micros = 0 } = timing.figures();
  expect(callP999Micros).toBeGreaterThanOrEqual(20_000);
  expect(lateP999Micros).toBeGreaterThanOrEqual(callP999Micros);
});
