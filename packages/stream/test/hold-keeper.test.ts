import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { HoldKeeper } from "../src/hold-keeper.ts";
import { tempFolder } from "./temp-folder.ts";

test("a consumer that has moved on is told within seconds, also when it is idle from then on", async () => {
  const directory = await tempFolder();
  const clock = createFakeClock();
  const location = { directory, stem: "j", path: join(directory, "j.jsonl") };
  const troubles: unknown[] = [];
  const keeper = new HoldKeeper({
    location,
    consumer: "far",
    clock,
    holdMs: 24 * 3_600_000,
    onTrouble: (error) => troubles.push(error),
  });
  const epoch = "0".repeat(13);
  const held = (): string => readFileSync(join(directory, "j.hold-far"), "utf8");
  keeper.keep(`${epoch}:1`);
  await expect.poll(held).toContain(`${epoch}:1`);
  await clock.advance(100);
  keeper.keep(`${epoch}:2`);
  keeper.keep(`${epoch}:3`);
  await clock.advance(5000);
  await expect.poll(held).toContain(`${epoch}:3`);
  expect(clock.pendingTimers).toBe(1);
  await keeper.close();
  expect(clock.pendingTimers).toBe(0);
  expect(troubles).toEqual([]);
});
