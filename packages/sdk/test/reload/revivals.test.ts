import { createFakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { Revivals } from "../../src/reload/revivals.ts";

test("what keeps a part that runs from being used is told, and the part is not started again", async () => {
  const clock = createFakeClock();
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const diagnostics = { error: say, warn: say, info: say, debug: say, verbose: say };
  const revivals = new Revivals({ clock, diagnostics, startTimeoutMs: 1000 });
  const instance = {};
  let starts = 0;
  const part = { path: "sinks.a", start: () => void (starts += 1), close: () => undefined };
  const onUp = (): void => {
    throw new RangeError("nobody has room for it");
  };
  await revivals.start(instance, "sinks.a", () => ({ instance, part, onUp }));
  expect(said).toEqual([expect.stringMatching(/^sinks\.a runs, but is not used: .*nobody has room for it/)]);
  expect(revivals.places).toEqual([]);
  expect([starts, clock.pendingTimers]).toEqual([1, 0]);
});
