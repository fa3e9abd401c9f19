import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Generation, LoadContext } from "../src/index.ts";
import { setScene, type Scene } from "./fake-watcher.ts";

let clock: FakeClock;
let directory: string;
let path: string;
beforeEach(async () => {
  clock = createFakeClock();
  directory = await mkdtemp(join(tmpdir(), "plumbline-good-"));
  path = join(directory, "state/last-good.json");
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function load(generation: Generation, context: LoadContext): string {
  const text = generation.content.toString();
  if (text.startsWith("bad")) throw new TypeError("it is bad");
  // What stands in the place of a variable is never kept.
  return text.replace("${TOKEN}", context.variable("TOKEN") ?? "");
}

async function runOnce(content: string): Promise<Scene<string>> {
  const scene = setScene<string>(clock, {
    load,
    apply: () => undefined,
    lastGood: { path },
    env: { TOKEN: "t0ps3cret" },
  });
  scene.watcher.edit(content);
  await scene.reloader.start();
  return scene;
}

describe("the last good copy", () => {
  test("is written after each apply, for its user alone, before variables are put in", async () => {
    const { reloader, watcher } = await runOnce("token: ${TOKEN}");
    expect(reloader.config).toBe("token: t0ps3cret");
    const kept = await readFile(path, "utf8");
    expect(kept).toContain(Buffer.from("token: ${TOKEN}").toString("base64"));
    expect(kept).not.toContain("t0ps3cret");
    expect(kept).not.toContain(Buffer.from("token: t0ps3cret").toString("base64").slice(0, 16));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    watcher.edit("bad");
    await clock.advance(0);
    expect(await readFile(path, "utf8")).toBe(kept);
    await reloader.close();
  });

  test("is what a restart with a bad file begins with, and says so; a good edit takes its place", async () => {
    await (await runOnce("good")).reloader.close();
    const { reloader, watcher, told } = await runOnce("bad");
    expect(reloader.config).toBe("good");
    expect(told()).toEqual(["seen 1", "rejected 1 load TypeError", "startedFromLastGood"]);
    expect(reloader.status()).toMatchObject({
      inForce: { source: "lastGood", generation: 0 },
      applied: 0,
      rejected: { generation: 1, message: "it is bad" },
    });
    const health = await reloader.health();
    expect(health.status).toBe("degraded");
    expect(health.reasons.join()).toContain("last good copy is in force");
    watcher.edit("better");
    await clock.advance(0);
    expect(reloader.status()).toMatchObject({ inForce: { source: "files", generation: 2 }, rejected: undefined });
    expect((await reloader.health()).status).toBe("ok");
    await reloader.close();
  });

  test("is what a start without the file begins with; the file, when it comes with the same content, is not applied again", async () => {
    await (await runOnce("good")).reloader.close();
    let applies = 0;
    const scene = setScene<string>(clock, { load, apply: () => void applies++, lastGood: { path } });
    scene.watcher.isMissing = true;
    await expect(scene.reloader.start()).resolves.toEqual({ kind: "applied", generation: 0 });
    scene.watcher.edit("good");
    await clock.advance(0);
    expect(applies).toBe(1);
    expect(scene.told()).toEqual(["startedFromLastGood", "seen 1", "unchanged 1"]);
    expect(scene.reloader.status().inForce).toMatchObject({ source: "files", generation: 1 });
    await scene.reloader.close();
  });

  test("without one, a start with a bad file or none rejects, or waits if it may", async () => {
    const bad = setScene<string>(clock, { load, apply: () => undefined, lastGood: { path } });
    bad.watcher.edit("bad");
    await expect(bad.reloader.start()).rejects.toMatchObject({
      code: "PLB_WATCH_NOTHING_GOOD",
      cause: { message: "it is bad" },
    });
    const missing = setScene<string>(clock, { load, apply: () => undefined });
    missing.watcher.isMissing = true;
    await expect(missing.reloader.start()).rejects.toMatchObject({ code: "PLB_WATCH_NOTHING_GOOD" });
    const waiting = setScene<string>(clock, { load, apply: () => undefined, whenNothingIsGood: "wait" });
    waiting.watcher.isMissing = true;
    await expect(waiting.reloader.start()).resolves.toMatchObject({ kind: "nothing" });
    expect((await waiting.reloader.health()).status).toBe("failed");
    waiting.watcher.edit("good");
    await clock.advance(0);
    expect(waiting.reloader.config).toBe("good");
    await waiting.reloader.close();
  });

  const damages: [string, (text: string) => Promise<unknown>][] = [
    ["half of it", (text) => writeFile(path, text.slice(0, text.length / 2))],
    ["no JSON of ours", () => writeFile(path, "[1]")],
    ["one changed digit", (text) => writeFile(path, text.replace(/"content": "../, '"content": "AA'))],
    ["other paths", (text) => writeFile(path, text.replaceAll("config.yaml", "other.yaml"))],
    ["writable by others", () => chmod(path, 0o666)],
  ];
  test.each(damages)("is not trusted with %s", async (_what, damage) => {
    await (await runOnce("good")).reloader.close();
    await damage(await readFile(path, "utf8"));
    const scene = setScene<string>(clock, {
      load,
      apply: () => undefined,
      lastGood: { path },
      whenNothingIsGood: "wait",
    });
    scene.watcher.edit("bad");
    await scene.reloader.start();
    expect(scene.reloader.config).toBeUndefined();
    expect(scene.told()).toContain("lastGoodFailed");
    await scene.reloader.close();
  });

  test("carries included files, whose content on disk is watched all the same", async () => {
    const include = async (generation: Generation, context: LoadContext): Promise<string> => {
      const { content } = await context.include("/part");
      if (content === undefined) throw new Error("no part");
      return generation.content.toString() + content.toString();
    };
    const first = setScene<string>(clock, { load: include, apply: () => undefined, lastGood: { path } });
    first.watcher.onDisk.set("/part", "+part");
    first.watcher.edit("whole");
    await first.reloader.start();
    await first.reloader.close();

    const second = setScene<string>(clock, { load: include, apply: () => undefined, lastGood: { path } });
    second.watcher.edit("whole");
    await second.reloader.start();
    expect(second.reloader.config).toBe("whole+part");
    expect(second.reloader.status().inForce?.source).toBe("lastGood");
    expect([...second.watcher.included.keys()]).toEqual(["/part"]);
    await second.reloader.close();
  });

  test("that cannot be written is said, and hinders nothing", async () => {
    await writeFile(join(directory, "state"), "a file in the way");
    const { reloader, told } = await runOnce("good");
    expect(reloader.config).toBe("good");
    expect(told()).toEqual(["seen 1", "applied 1", "lastGoodFailed"]);
    await reloader.close();
  });
});
