import { open, type FileHandle, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createManifest, type DeliveryState, readDeliveries } from "../src/index.ts";
import { DeliveryJournal } from "../src/upload/delivery-journal.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
  await mkdir(scene.state);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await scene[Symbol.asyncDispose]();
});

function stateOf(kind: "publishing" | "delivered", name: string): DeliveryState {
  const facts = { name, size: 1, sha256: sha256Of(name), guarantee: "committed", createdMicros: 0 } as const;
  return { kind, manifest: createManifest(facts), verified: "read-back" };
}

/** What every open file has its methods from. */
async function handlesOf(): Promise<FileHandle> {
  const handle = await open(process.execPath);
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

async function deliver(journal: DeliveryJournal, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    await journal.record(`key-${n}`, stateOf("publishing", `file-${n}`));
    await journal.record(`key-${n}`, stateOf("delivered", `file-${n}`));
  }
}

async function linesOf(): Promise<number> {
  return (await readFile(join(scene.state, "deliveries.jsonl"), "utf8")).split("\n").length - 1;
}

const failed = { status: "rejected", reason: expect.objectContaining({ code: "PLB_HANDOFF_JOURNAL_FAILED" }) };

test.each(["appendFile", "sync"] as const)(
  "steps that share a write fail together, and so does every later one: nobody goes on without a record (%s)",
  async (operation) => {
    const journal = await DeliveryJournal.open(scene.state);
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    vi.spyOn(await handlesOf(), operation).mockRejectedValueOnce(full);
    const results = await Promise.allSettled(
      ["a", "b", "c"].map((name) => journal.record(name, stateOf("publishing", name))),
    );
    expect(results).toEqual([failed, failed, failed]);
    expect(await Promise.allSettled([journal.record("d", stateOf("publishing", "d"))])).toEqual([failed]);
    expect(journal.get("a")).toBeUndefined();
    await journal.close();
  },
);

test("half a record is followed by no other: what stands before it is read, and a new run writes it anew", async () => {
  const first = await DeliveryJournal.open(scene.state);
  await first.record("a", stateOf("delivered", "a"));
  const proto = await handlesOf();
  vi.spyOn(proto, "appendFile").mockImplementationOnce(async function half(this: FileHandle, text) {
    await this.write(String(text).slice(0, 20));
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  });
  await expect(first.record("b", stateOf("delivered", "b"))).rejects.toMatchObject(failed.reason);
  await expect(first.record("c", stateOf("delivered", "c"))).rejects.toMatchObject(failed.reason);
  await first.close();
  expect([...(await readDeliveries(scene.state)).keys()]).toEqual(["a"]);
  const second = await DeliveryJournal.open(scene.state);
  await second.record("c", stateOf("delivered", "c"));
  await second.close();
  expect([...(await readDeliveries(scene.state)).keys()]).toEqual(["a", "c"]);
});

test("the oldest that are delivered are forgotten, what may have been sent never is, and the file does not grow without end", async () => {
  const journal = await DeliveryJournal.open(scene.state, 100);
  await journal.record("open", stateOf("publishing", "open"));
  await deliver(journal, 0, 500);
  expect(await linesOf()).toBeLessThanOrEqual(2 * 110 + 4);
  expect(journal.get("open")).toMatchObject({ kind: "publishing" });
  expect(journal.get("key-499")).toMatchObject({ kind: "delivered" });
  expect(journal.get("key-0")).toBeUndefined();
  expect([...journal.entries()].length).toBeLessThanOrEqual(111);
  await journal.close();
  const kept = await readDeliveries(scene.state);
  expect(kept.get("open")).toMatchObject({ kind: "publishing" });
  expect(kept.get("key-499")).toMatchObject({ kind: "delivered" });
});

test("so it is at the start: what may have been sent is kept, however many there are", async () => {
  const first = await DeliveryJournal.open(scene.state, 1000);
  await first.record("open", stateOf("publishing", "open"));
  await deliver(first, 0, 300);
  await first.close();
  const second = await DeliveryJournal.open(scene.state, 100);
  expect(second.get("open")).toMatchObject({ kind: "publishing" });
  expect(second.get("key-299")).toMatchObject({ kind: "delivered" });
  expect([...second.entries()].length).toBe(101);
  await second.close();
});

test("steps that come while the file is written anew are in it", async () => {
  const journal = await DeliveryJournal.open(scene.state, 10);
  const names = Array.from({ length: 200 }, (_, n) => `file-${n}`);
  await Promise.all(names.map((name) => journal.record(name, stateOf("publishing", name))));
  for (let round = 0; round < 5; round++) {
    await Promise.all(names.map((name) => journal.record(name, stateOf("publishing", name))));
  }
  await journal.close();
  expect([...(await readDeliveries(scene.state)).keys()].sort()).toEqual([...names].sort());
});

test("one that is closed writes nothing more: the file may be another's by then", async () => {
  const journal = await DeliveryJournal.open(scene.state);
  await journal.record("late", stateOf("publishing", "late"));
  await journal.close();
  const next = await DeliveryJournal.open(scene.state);
  await next.record("new", stateOf("delivered", "new"));
  const results = await Promise.allSettled([
    journal.forget(["late"]),
    journal.record("late", stateOf("delivered", "late")),
  ]);
  expect(results).toEqual([failed, failed]);
  await next.close();
  expect([...(await readDeliveries(scene.state)).keys()]).toEqual(["late", "new"]);
});
