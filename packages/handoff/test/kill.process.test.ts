import { spawn } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import { readDeliveries } from "../src/index.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

/** 100 and more in the long form: `PLUMBLINE_HANDOFF_KILLS=100 npx vitest run packages/handoff/test/kill.process.test.ts`. */
const KILLS = Number(process.env["PLUMBLINE_HANDOFF_KILLS"] ?? 8);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);
const PROGRAM = fileURLToPath(new URL("programs/uploader.mjs", import.meta.url));

async function live(scene: Scene, killAt: number | undefined): Promise<string | undefined> {
  const child = spawn(
    process.execPath,
    [PROGRAM, scene.from, scene.to, scene.state, ...(killAt === undefined ? [] : [String(killAt)])],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal === "SIGKILL" || code === 0) resolve(signal ?? undefined);
      else reject(new Error(`the uploader ended with ${code}`));
    });
  });
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
      if ((await live(scene, 1 + Math.floor(random() * most))) !== undefined) kills += 1;
      await look(`after life ${life}`);
    }
  }
  expect(await live(scene, undefined)).toBeUndefined();
  await look("in the end");
  expect(await scene.arrived()).toEqual([...contents.keys()].sort());
  expect(await readdir(scene.from)).toEqual([]);
  // A probe is left until it is a minute old: it may be that of somebody who has just begun.
  const staged = await readdir(join(scene.to, ".plumbline-handoff/staging"));
  expect(staged.filter((name) => !name.startsWith(".probe-"))).toEqual([]);
  expect((await readdir(join(scene.to, ".plumbline-handoff/manifests"))).length).toBe(contents.size);
  const states = await readDeliveries(scene.state);
  expect([...states.values()].filter(({ kind }) => kind === "publishing")).toEqual([]);
}, 600_000);
