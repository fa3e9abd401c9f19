import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { formatHoldName, journalLocation } from "@plumbline/jsonl";
import { createFakeClock } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { SegmentHold } from "../src/pickup/segment-hold.ts";
import { createScene } from "./scene.ts";

const EPOCH = "0000000000001";

test("a hold that could not be written is written at the next call, though nothing has changed", async () => {
  const { base } = await createScene();
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const path = join(base, formatHoldName("shop", "handoff"));
  const hold = new SegmentHold(journalLocation(join(base, "shop.jsonl")), "handoff", createFakeClock());
  onTestFinished(() => hold.close());
  await mkdir(`${path}.tmp`);
  const [settled, open] = [
    { epoch: EPOCH, seq: 1 },
    { epoch: EPOCH, seq: 41 },
  ];
  await expect(hold.keep(settled, open)).rejects.toThrow();
  await rmdir(`${path}.tmp`);
  await hold.keep(settled, open);
  expect(await readFile(path, "utf8")).toContain(`${EPOCH}:40`);
});
