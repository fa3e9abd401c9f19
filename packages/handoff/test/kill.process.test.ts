import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OverwriteRule, PublishWay } from "@plumbline/core";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import { type AfterDelivery, type CommitRule, createDirectoryDestination, readDeliveries } from "../src/index.ts";
import { oneLife } from "./one-life.ts";
import { recordRuns } from "./record-runs.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

/** 100 and more in the long form: `PLUMBLINE_HANDOFF_KILLS=100 npx vitest run packages/handoff/test/kill.process.test.ts`. */
const KILLS = Number(process.env["PLUMBLINE_HANDOFF_KILLS"] ?? 4);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);

function live(
  scene: Scene,
  killAt: number | undefined,
  publish: PublishWay = "atomic",
  commit: CommitRule = "rename",
  [after, overwrite]: readonly [AfterDelivery, OverwriteRule] = ["delete", "same"],
): Promise<number | undefined> {
  return oneLife("uploader.mjs", [
    scene.from,
    scene.to,
    scene.state,
    publish,
    commit,
    after,
    overwrite,
    ...(killAt === undefined ? [] : [killAt]),
  ]);
}

test(`kill -9 at ${KILLS} points: a final name is absent or whole, and each is published once`, async () => {
  await using scene = await createScene();
  const random = createRandom(SEED);
  const contents = new Map<string, Buffer>();
  const inodes = new Map<string, number>();
  const look = async (when: string): Promise<void> => {
    for (const name of await scene.arrived().catch(() => [])) {
      const path = join(scene.to, name);
      const { ino } = await stat(path);
      expect(sha256Of(await readFile(path)), `${name} ${when}, seed ${SEED}`).toBe(sha256Of(contents.get(name) ?? ""));
      expect(inodes.get(name) ?? ino, `${name} was published again ${when}, seed ${SEED}`).toBe(ino);
      inodes.set(name, ino);
    }
    for (const [name, content] of contents) {
      const isHere = (await readdir(scene.from)).includes(name);
      expect(isHere || inodes.has(name), `${name} is neither here nor there ${when}, seed ${SEED}`).toBe(true);
      if (isHere) expect(sha256Of(await readFile(join(scene.from, name)))).toBe(sha256Of(content));
    }
  };
  let kills = 0;
  for (let life = 0; kills < KILLS; life++) {
    for (const index of [0, 1]) {
      const name = `file-${life}-${index}.bin`;
      const content = Buffer.alloc(1 + Math.floor(random() * 3_000_000), name);
      contents.set(name, content);
      await scene.make(name, content);
    }
    // The second kills of a pair come early: while what the first has left open is being settled.
    for (const most of [110, 40]) {
      if ((await live(scene, 1 + Math.floor(random() * most))) === undefined) kills += 1;
      await look(`after life ${life}`);
    }
  }
  expect(await live(scene, undefined)).toBeGreaterThan(0);
  await look("in the end");
  expect(await scene.arrived()).toEqual([...contents.keys()].sort());
  expect(await readdir(scene.from)).toEqual([]);
  // A probe is left until it is a minute old: it may be that of somebody who has just begun.
  const staged = await readdir(join(scene.to, ".plumbline-handoff/staging"));
  expect(staged.filter((name) => !name.startsWith(".probe-"))).toEqual([]);
  expect((await readdir(join(scene.to, ".plumbline-handoff/manifests"))).length).toBe(contents.size);
  const states = await readDeliveries(scene.state);
  expect([...states.values()].filter(({ kind }) => kind === "publishing")).toEqual([]);
  recordRuns("folder", [
    { way: "plumbline handoff", observer: `kill -9 of the uploader, ${kills} times`, seen: contents.size, wrong: 0 },
  ]);
}, 600_000);

test("commit: marker, kill -9 while the delivered file goes: its marker never stands alone", async () => {
  await using scene = await createScene();
  const make = async (name: string): Promise<void> => {
    await scene.make(name, name);
    await scene.make(`${name}.done`, "");
  };
  await make("first.csv"); // makes the folders
  await live(scene, undefined, "atomic", "marker");
  await make("counted.csv");
  const calls = (await live(scene, undefined, "atomic", "marker")) ?? 0;
  let halfWay = 0;
  for (let back = 0; back < 5; back++) {
    const name = `back-${back}.csv`;
    await make(name);
    expect(await live(scene, calls - back, "atomic", "marker"), `${name} was to be killed`).toBeUndefined();
    const left = await readdir(scene.from);
    if (left.includes(`${name}.done`)) expect(left, `the marker of ${name} stands alone`).toContain(name);
    else if (left.includes(name)) halfWay += 1;
    await live(scene, undefined, "atomic", "marker");
    expect(await readdir(scene.from)).toEqual([]);
    expect(await scene.read(name)).toBe(name);
  }
  // Else the points are no longer where they were.
  expect(halfWay).toBeGreaterThan(0);
}, 120_000);

test("after: move, kill -9 while the delivered file goes into the archive: it is published once, and stands there once", async () => {
  await using scene = await createScene();
  const next = (killAt?: number): Promise<number | undefined> =>
    live(scene, killAt, "atomic", "rename", ["move", "replace"]);
  await scene.make("first.bin", "first.bin"); // makes the folders
  await next();
  await scene.make("counted.bin", "counted.bin");
  const calls = (await next()) ?? 0;
  let halfWay = 0;
  for (let back = 0; back < 5; back++) {
    const name = `back-${back}.bin`;
    await scene.make(name, name);
    expect(await next(calls - back), `${name} was to be killed`).toBeUndefined();
    const archived = join(scene.from, ".delivered", name);
    const { ino } = await stat(join(scene.to, name));
    if ((await isThere(archived)) && (await isThere(join(scene.from, name)))) halfWay += 1;
    expect(await next()).toBeGreaterThan(0);
    expect((await stat(join(scene.to, name))).ino, `${name} was published again`).toBe(ino);
    expect(await readFile(archived, "utf8")).toBe(name);
    expect(await readdir(scene.from)).toEqual([".delivered"]);
  }
  // Else the points are no longer where they were.
  expect(halfWay).toBeGreaterThan(0);
  expect(await readdir(join(scene.from, ".delivered"))).toHaveLength(7);
}, 120_000);

test.each([
  ["linear", [7, 8, 10, 11, 12]],
  ["marker", [7, 9, 10, 11, 14, 17, 18]],
] as const)(
  "publish: %s, kill -9 around the last byte: a whole file that was shown stays, what is not whole goes",
  async (publish, lastCalls) => {
    await using scene = await createScene();
    const content = Buffer.alloc(300_000, "linear");
    await scene.make("first.bin", content); // makes the folders
    await live(scene, undefined, publish);
    await scene.make("counted.bin", content);
    const calls = (await live(scene, undefined, publish)) ?? 0;
    const seen = { before: 0, shown: 0 };
    for (const back of lastCalls) {
      const name = `back-${back}.bin`;
      const path = join(scene.to, name);
      await scene.make(name, content);
      expect(await live(scene, calls - back, publish), `${name} was to be killed`).toBeUndefined();
      const before = await stat(path);
      const isReady = publish === "linear" ? before.size === content.length : await isThere(`${path}.ready`);
      const isSettled = (await readdir(join(scene.to, ".plumbline-handoff/staging"))).length === 0;
      if (!isSettled) seen[isReady ? "shown" : "before"] += 1;
      const destination = createDirectoryDestination({ path: scene.to, publish });
      await destination.start();
      await destination.reap((await readFile(join(scene.state, "owner"), "utf8")).trim());
      expect(await isThere(path), name).toBe(isReady);
      expect(await readdir(join(scene.to, ".plumbline-handoff/staging"))).toEqual([]);
      await scene.once({ destination, source: { after: "delete" } });
      expect(sha256Of(await readFile(path)), name).toBe(sha256Of(content));
      if (isReady) expect((await stat(path)).ino, `${name} was published again`).toBe(before.ino);
    }
    // Else the points are no longer where they were, and the list is to be made anew.
    expect(seen.before, JSON.stringify(seen)).toBeGreaterThan(0);
    expect(seen.shown, JSON.stringify(seen)).toBeGreaterThan(1);
  },
  120_000,
);

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
