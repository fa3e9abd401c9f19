import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { receive, type Receipt } from "../src/index.ts";
import { oneLife } from "./one-life.ts";
import { recordRuns } from "./record-runs.ts";
import { createScene, filesBelow, type Scene, sha256Of } from "./scene.ts";

/** All points in the long form: `PLUMBLINE_HANDOFF_KILLS=100`. */
const KILLS = Number(process.env["PLUMBLINE_HANDOFF_KILLS"] ?? 4);

async function takeAll(scene: Scene): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = [];
  const options = { path: scene.to, to: join(scene.base, "taken"), once: true };
  for await (const receipt of receive(options, new AbortController().signal)) receipts.push(receipt);
  return receipts;
}

test("a receiver that is killed anywhere has taken each file once when it has run again: none twice, none not at all", async () => {
  await using scene = await createScene();
  const taken = join(scene.base, "taken");
  const contents = new Map<string, string>();
  const handOn = async (name: string): Promise<void> => {
    contents.set(name, name.repeat(10_000));
    await scene.make(name, contents.get(name) ?? "");
    await scene.once({ source: { after: "delete", recursive: true } });
  };
  const live = (killAt?: number): Promise<number | undefined> =>
    oneLife("receiver.mjs", [scene.to, taken, ...(killAt === undefined ? [] : [killAt])]);
  await handOn("first.bin");
  await live();
  await handOn("counted.bin");
  const calls = (await live()) ?? 0;
  expect(calls).toBeGreaterThan(10);
  // From the end, where files are given their places, and then all over.
  const points = Array.from({ length: Math.min(KILLS, calls - 1) }, (_, index) =>
    KILLS >= calls ? calls - index : calls - index * 2,
  );
  for (const killAt of points) {
    const name = `killed/at-${killAt}.bin`;
    await handOn(name);
    expect(await live(killAt), `${name} was to be killed`).toBeUndefined();
    const receipts = await takeAll(scene);
    expect(receipts.length, name).toBeLessThan(2);
    const there = (await filesBelow(taken)).filter((each) => each.includes(`at-${killAt}.bin`));
    expect(there).toEqual([name]);
    expect(sha256Of(await readFile(join(taken, name)))).toBe(sha256Of(contents.get(name) ?? ""));
    expect(await scene.arrived()).toEqual([]);
    expect((await readdir(join(taken, ".plumbline-handoff/taken"))).filter((each) => each.endsWith(".part"))).toEqual(
      [],
    );
  }
  expect(await takeAll(scene)).toEqual([]);
  recordRuns("folder", [
    { way: "receive", observer: `kill -9 of the receiver, ${points.length} times`, seen: points.length, wrong: 0 },
  ]);
}, 120_000);

test("the same file handed on again is told as repeated and not given out twice; another of its name gets a place beside it", async () => {
  await using scene = await createScene();
  await scene.make("a.txt", "one");
  await scene.once({ source: { after: "delete" } });
  expect(await takeAll(scene)).toMatchObject([{ kind: "taken", manifest: { name: "a.txt" } }]);
  const { mtimeMs } = await stat(join(scene.base, "taken", "a.txt"));
  await scene.make("a.txt", "one");
  await scene.once({ source: { after: "delete" } });
  expect(await takeAll(scene)).toMatchObject([{ kind: "repeated" }]);
  expect((await stat(join(scene.base, "taken", "a.txt"))).mtimeMs).toBe(mtimeMs);
  await scene.make("a.txt", "two");
  await scene.once({ source: { after: "delete" } });
  const second = await takeAll(scene);
  expect(second).toMatchObject([{ kind: "taken", path: join(scene.base, "taken", "a.txt.1") }]);
  expect(await readFile(join(scene.base, "taken", "a.txt.1"), "utf8")).toBe("two");
});

describe("another file comes under the name between the look and the taking", () => {
  /** As if the receiver had been killed just after it took what it had not looked at. */
  async function withTaken(scene: Scene, content: string): Promise<string> {
    await scene.make("a.txt", "one");
    await scene.once({ source: { after: "delete" } });
    const [manifest] = await readdir(join(scene.to, ".plumbline-handoff/manifests"));
    const held = join(scene.base, "taken/.plumbline-handoff/taken", (manifest ?? "").replace(".json", ".part"));
    await mkdir(dirname(held), { recursive: true });
    await rm(join(scene.to, "a.txt"));
    await writeFile(held, content);
    return held;
  }

  test("it is put back, also after a crash, and never taken for what was looked at", async () => {
    await using scene = await createScene();
    const held = await withTaken(scene, "two");
    expect(await takeAll(scene)).toEqual([]);
    expect(await scene.read("a.txt")).toBe("two");
    expect(await filesBelow(join(scene.base, "taken"))).toEqual([]);
    await expect(stat(held)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("where a newer one stands there already, that one stays, and nothing fails", async () => {
    await using scene = await createScene();
    const held = await withTaken(scene, "two");
    await writeFile(join(scene.to, "a.txt"), "three");
    expect(await takeAll(scene)).toEqual([]);
    expect(await scene.read("a.txt")).toBe("three");
    await expect(stat(held)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("what was taken and is right gets its place", async () => {
    await using scene = await createScene();
    await withTaken(scene, "one");
    expect(await takeAll(scene)).toMatchObject([{ kind: "taken" }]);
    expect(await filesBelow(join(scene.base, "taken"))).toEqual(["a.txt"]);
  });
});

test("what was taken costs a receiver nothing that waits for more", async () => {
  await using scene = await createScene();
  for (let index = 0; index < 20; index++) await scene.make(`${index}.txt`, `content ${index}`);
  await scene.once({ source: { after: "delete" } });
  const calls = await oneLife("receiver-rounds.mjs", [scene.to, join(scene.base, "taken"), 5]);
  expect(await filesBelow(join(scene.base, "taken"))).toHaveLength(20);
  expect(calls).toBeLessThan(10);
});

test("where two would take to one folder, the second is refused", async () => {
  await using scene = await createScene();
  await scene.make("a.txt", "a");
  await scene.once();
  const options = { path: scene.to, to: join(scene.base, "taken") };
  const stop = new AbortController();
  const first = receive(options, stop.signal);
  expect(await first.next()).toMatchObject({ value: { kind: "taken" } });
  await expect(takeAll(scene)).rejects.toMatchObject({ code: "PLB_HANDOFF_JOURNAL_IN_USE" });
  stop.abort();
  expect(await first.next()).toMatchObject({ done: true });
  expect(await takeAll(scene)).toEqual([]);
});

test("a file that cannot have its place is told of, stays where it was, and stops no other", async () => {
  await using scene = await createScene();
  const taken = join(scene.base, "taken");
  await mkdir(taken);
  await writeFile(join(taken, "a"), "a file where a folder would have to be");
  for (const name of ["a/b.txt", "c.txt"]) await scene.make(name, name);
  await scene.once({ source: { after: "delete", recursive: true } });
  const failed = { kind: "failed", code: "EEXIST", manifest: { name: "a/b.txt" } };
  const receipts = [...(await takeAll(scene))].sort((one, other) => one.kind.localeCompare(other.kind));
  expect(receipts).toMatchObject([failed, { kind: "taken", manifest: { name: "c.txt" } }]);
  expect(await scene.arrived()).toEqual(["a/b.txt"]);
  await rm(join(taken, "a"));
  expect(await takeAll(scene)).toMatchObject([{ kind: "taken", manifest: { name: "a/b.txt" } }]);
});

test("what does not fit its manifest, and what has none, is left where it is", async () => {
  await using scene = await createScene();
  await scene.make("a.txt", "whole");
  await scene.once({ source: { after: "delete" } });
  await writeFile(join(scene.to, "a.txt"), "other");
  await writeFile(join(scene.to, "stray.txt"), "stray");
  await mkdir(join(scene.base, "taken"));
  expect(await takeAll(scene)).toEqual([]);
  expect(await scene.arrived()).toEqual(["a.txt", "stray.txt"]);
});
