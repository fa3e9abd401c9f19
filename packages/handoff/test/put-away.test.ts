import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createScene, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

/** What a run leaves that was killed when it had put a delivered file into the archive, and not yet taken it away here. */
async function killedBetween(overwrite: "never" | "replace"): Promise<string> {
  const path = await scene.make("a.txt", "delivered");
  await scene.once({ uploader: { overwrite } });
  await mkdir(join(scene.from, ".delivered"));
  await link(path, join(scene.from, ".delivered", "a.txt"));
  return path;
}

test.each([
  ["never", "stands there"],
  ["replace", "stands there"],
  ["never", "was taken"],
  ["replace", "was taken"],
] as const)(
  "after: move, and an end between the archive and the removal (overwrite: %s, what was published %s): it is not published again",
  async (overwrite, what) => {
    await killedBetween(overwrite);
    const isTaken = what === "was taken";
    if (isTaken) await rm(join(scene.to, "a.txt"));
    const { counts } = await scene.once({ source: { after: "move" }, uploader: { overwrite } });
    expect(counts).toMatchObject({ delivered: 0, aside: 0 });
    expect(await scene.arrived()).toEqual(isTaken ? [] : ["a.txt"]);
    expect(await readdir(scene.from)).toEqual([".delivered"]);
    expect(await readFile(join(scene.from, ".delivered", "a.txt"), "utf8")).toBe("delivered");
  },
);

test("after: move: what was written into the file since is handed on, though it stands in the archive", async () => {
  const path = await killedBetween("replace");
  await writeFile(path, "rewritten");
  const { counts } = await scene.once({ source: { after: "move" }, uploader: { overwrite: "replace" } });
  expect(counts).toMatchObject({ delivered: 1, found: 0 });
  expect(await scene.read("a.txt")).toBe("rewritten");
  expect(await readdir(scene.from)).toEqual([".delivered"]);
});
