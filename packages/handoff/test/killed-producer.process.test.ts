import { spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../src/index.ts";
import { createScene, type Scene } from "./scene.ts";

/** A producer that writes half of its file, and is killed. */
async function killProducer(scene: Scene): Promise<void> {
  const program =
    "const { openSync, writeSync } = require('node:fs'); writeSync(openSync(process.argv[1], 'w'), 'half'); console.log('written'); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, ["-e", program, join(scene.from, "a.txt")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGKILL");
  await gone;
}

test("a killed producer: half a file is refused where only committed ones are taken", async () => {
  await using scene = await createScene();
  await killProducer(scene);
  for (const commit of ["marker", "manifest"] as const) {
    const { counts } = await scene.once({ source: { commit, require: "committed" } });
    expect(counts).toMatchObject({ delivered: 0, aside: 0 });
  }
  expect(await scene.arrived()).toEqual([]);
});

test("a killed producer, uncommitted: nothing on disk tells, and its manifest claims no more than was seen", async () => {
  await using scene = await createScene();
  await killProducer(scene);
  await scene.once({ source: { commit: "none", require: "quiescent", settleMs: 20 } });
  expect(await scene.read("a.txt")).toBe("half");
  const folder = join(scene.to, ".plumbline-handoff/manifests");
  const [name = ""] = await readdir(folder);
  expect(["no-writer", "quiescent"]).toContain(parseManifest(await readFile(join(folder, name), "utf8")).guarantee);
});
