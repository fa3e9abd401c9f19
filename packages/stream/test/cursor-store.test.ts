import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journalLocation } from "@plumbline/jsonl";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFileCursorStore, type CursorStore } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

const E = "0000000000001";

async function placeOf(): Promise<{ path: string; create: () => CursorStore }> {
  const folder = await tempFolder();
  const location = journalLocation(join(folder, "checkout.jsonl"));
  return {
    path: join(folder, "checkout.cursor-far%2Faway"),
    create: () => createFileCursorStore({ location, consumer: "far/away" }),
  };
}

test("a cursor is there for the next run, in a small file that does not grow and nobody else may read", async () => {
  const { path, create } = await placeOf();
  const store = create();
  expect(await store.load()).toBeUndefined();
  for (let seq = 0; seq <= 20; seq++) await store.commit({ done: `${E}:${seq}`, sent: `${E}:${seq + 5}` });
  await store.close();
  expect(statSync(path).size).toBe(512);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const next = create();
  expect(await next.load()).toEqual({ done: `${E}:20`, sent: `${E}:25` });
  await next.commit({ done: `${E}:25`, sent: `${E}:25` });
  await next.close();
  const again = create();
  expect(await again.load()).toEqual({ done: `${E}:25`, sent: `${E}:25` });
  await again.close();
});

test("a commit that was cut at any byte leaves the one before it, or is whole", async () => {
  const { path, create } = await placeOf();
  const store = create();
  await store.commit({ done: `${E}:1`, sent: `${E}:2` });
  await store.commit({ done: `${E}:3`, sent: `${E}:4` });
  const before = readFileSync(path);
  await store.commit({ done: `${E}:123456789`, sent: `${E}:123456790` });
  await store.close();
  const after = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 512 }), async (cut) => {
      writeFileSync(path, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
      const reader = create();
      const found = await reader.load();
      await reader.close();
      expect([`${E}:3`, `${E}:123456789`]).toContain(found?.done);
    }),
    { numRuns: 120 },
  );
});

test("a file in which neither record is valid is an error, not a new beginning", async () => {
  const { path, create } = await placeOf();
  for (const text of [
    "",
    "x".repeat(512),
    `${JSON.stringify({ commit: 1, done: `${E}:1`, sent: `${E}:1`, check: "00000000" })}\n`,
  ]) {
    writeFileSync(path, text);
    const store = create();
    await expect(store.load()).rejects.toMatchObject({ code: "PLB_STREAM_STORE_FAILED" });
    await store.close();
  }
  truncateSync(path, 0);
});

test("what the system refuses says so", async () => {
  const { path, create } = await placeOf();
  mkdirSync(path);
  const store = create();
  await expect(store.load()).rejects.toMatchObject({ code: "PLB_STREAM_STORE_FAILED" });
  await expect(store.commit({ done: `${E}:1`, sent: `${E}:1` })).rejects.toMatchObject({
    code: "PLB_STREAM_STORE_FAILED",
  });
  await store.close();
});
