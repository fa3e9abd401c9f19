import { execFile } from "node:child_process";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "@plumbline/core";
import { createFakeClock } from "@plumbline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDirectoryPickup, createUnitPickup, explainFile } from "../src/index.ts";
import { Wake } from "../src/pickup/wake.ts";
import { createScene, type Scene, sha256Of } from "./scene.ts";

const run = promisify(execFile);
/** Bytes that no checksum may have: so one is unreadable to root too. */
const TOO_LARGE_TO_READ = 64 * 1024 + 1;
const never = new AbortController().signal;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => {
  // What is nested too deeply for a path is removed by who steps down into it.
  await run("rm", ["-rf", scene.from]);
  await scene[Symbol.asyncDispose]();
});

/** A folder that no path leads to, for it would be too long: it can be listed by nobody, root or not. */
async function nestTooDeeply(below: string): Promise<void> {
  const script =
    'cd "$1" && for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do mkdir "$2" && cd "./$2" || exit 1; done';
  await mkdir(join(scene.from, below), { recursive: true });
  await run("bash", ["-c", script, "bash", join(scene.from, below), "d".repeat(250)]);
}

describe("what cannot be looked at holds up nothing else, and is told once", () => {
  test("a name so long that no marker can stand beside it", async () => {
    await scene.make("n".repeat(252), "x");
    await scene.make("a.csv", "a");
    await scene.make("a.csv.done", "");
    const { counts } = await scene.once({ source: { commit: "marker", require: "committed" } });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    const verdict = await explainFile(join(scene.from, "n".repeat(252)), {
      path: scene.from,
      commit: "marker",
      require: "committed",
    });
    expect(verdict).toMatchObject({ kind: "wait", evidence: [expect.stringContaining("is not there")] });
  });

  test("a marker whose file is not there", async () => {
    await scene.make("a.csv", "a");
    await scene.make("a.csv.done", "");
    await scene.make("gone.csv.done", "");
    const told: unknown[] = [];
    const onTrouble = (...given: readonly string[]): void => void told.push(given);
    const { counts } = await scene.once({ source: { commit: "marker", after: "delete", onTrouble } });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(told).toEqual([[join(scene.from, "gone.csv.done"), "PLB_HANDOFF_MARKER_ALONE"]]);
  });

  test("a file that the system will not tell of", async () => {
    expect(await explainFile(join(scene.from, "n".repeat(300)), { path: scene.from })).toMatchObject({
      kind: "wait",
      trouble: "ENAMETOOLONG",
      evidence: ["it cannot be looked at (ENAMETOOLONG)"],
    });
  });

  test.each(["no-writer", "committed"] as const)("a manifest that cannot be read (require: %s)", async (required) => {
    for (const name of ["a.csv", "b.csv"]) await scene.make(name, name);
    await scene.make("b.csv.sha256", sha256Of("b.csv"));
    await truncate(await scene.make("a.csv.sha256", sha256Of("something else")), TOO_LARGE_TO_READ);
    const told: string[] = [];
    const onTrouble = (path: string, code: string): void => void told.push(`${code} ${path}`);
    const source = { commit: "manifest", require: required, settleMs: 1, onTrouble } as const;
    const { counts } = await scene.once({ source });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(await scene.arrived()).toEqual(["b.csv"]);
    expect(told).toEqual([`EFBIG ${join(scene.from, "a.csv")}`]);
  });

  test("a manifest that cannot be read any more, of a file that did not fit what it told", async () => {
    await scene.make("a.csv", "a");
    const manifest = await scene.make("a.csv.sha256", sha256Of("something else"));
    const told: string[] = [];
    const stop = new AbortController();
    const pickup = createDirectoryPickup({
      path: scene.from,
      commit: "manifest",
      pollMs: 5,
      onTrouble: (_path, code) => {
        told.push(code);
        stop.abort();
      },
    });
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]);
    for await (const { name } of pickup.items(signal))
      if (name === "a.csv") await truncate(manifest, TOO_LARGE_TO_READ);
    await pickup.close();
    expect(told).toEqual(["EFBIG"]);
  });

  test("a folder below that cannot be listed", async () => {
    await nestTooDeeply("deep");
    await scene.make("a.csv", "a");
    const told: string[] = [];
    const stop = new AbortController();
    const pickup = createDirectoryPickup({
      path: scene.from,
      commit: "rename",
      recursive: true,
      pollMs: 5,
      onTrouble: (path, code) => told.push(`${code} ${path.slice(scene.from.length, scene.from.length + 6)}`),
    });
    const names: string[] = [];
    setTimeout(() => void scene.make("b.csv", "b"), 50);
    for await (const { name } of pickup.items(AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]))) {
      names.push(name);
      if (name === "b.csv") stop.abort();
    }
    await pickup.close();
    expect(names).toEqual(["a.csv", "b.csv"]);
    expect(told).toEqual(["ENAMETOOLONG /deep/"]);
  });

  test("a unit that cannot be looked at whole is none, and the others go on", async () => {
    await nestTooDeeply("bad");
    for (const unit of ["bad", "good"]) await scene.make(`${unit}/meta.json`, unit);
    const told: string[] = [];
    const pickup = createUnitPickup({ path: scene.from, once: true, onTrouble: (_path, code) => told.push(code) });
    const names: string[] = [];
    for await (const item of pickup.items(never)) {
      names.push(item.name);
      await item.settle();
    }
    await pickup.close();
    expect(names).toEqual(["good/meta.json"]);
    expect(told).toEqual(["ENAMETOOLONG"]);
  });
});

describe("hints", () => {
  test("more than can be told one by one call for a look at everything", () => {
    const wake = new Wake(createFakeClock());
    for (let n = 0; n < 1000; n++) wake.hint(`file-${n}`);
    wake.hint("file-3");
    expect(wake.take()?.length).toBe(1000);
    for (let n = 0; n < 1001; n++) wake.hint(`file-${n}`);
    expect(wake.take()).toBeUndefined();
    expect(wake.take()).toEqual([]);
  });

  test("are looked at, and what is due: what waits besides is not", async () => {
    const clock = createFakeClock();
    for (let n = 0; n < 200; n++) await scene.make(`file-${n}`, "x");
    let looks = 0;
    const counting: Clock = {
      nowMicros: () => clock.nowMicros(),
      monotonicMs: () => {
        looks += 1; // each look at a file asks for the time
        return clock.monotonicMs();
      },
      setTimer: (wake, delayMs) => clock.setTimer(wake, delayMs),
    };
    const pickup = createDirectoryPickup({ path: scene.from, settleMs: 1000, pollMs: 60_000 }, counting);
    const stop = new AbortController();
    const names: string[] = [];
    const reading = (async () => {
      for await (const { name } of pickup.items(stop.signal)) names.push(name);
    })();
    await expect.poll(() => clock.pendingTimers).toBe(1);
    looks = 0;
    await scene.make("one-more", "x");
    await expect.poll(() => looks).toBeGreaterThan(2);
    await expect.poll(() => clock.pendingTimers).toBe(1);
    expect(looks).toBeLessThan(150);
    await clock.advance(1001);
    await expect.poll(async () => (await clock.advance(1), names.length), { timeout: 10_000 }).toBe(201);
    stop.abort();
    await pickup.close();
    await reading;
  });
});

describe("a name that is no UTF-8 is told of, and not left out in silence", () => {
  /** In Latin-1, as a program of another age writes it; no text can say it. */
  const byName = (below: string, rest = ""): Buffer =>
    Buffer.concat([Buffer.from(`${below}/caf`), Buffer.of(0xe9), Buffer.from(rest)]);

  test.each([
    ["a file", ".csv", false],
    ["a folder below", "", true],
  ] as const)("%s", async (_what, rest, isFolder) => {
    await scene.make("a.csv", "a");
    const path = byName(scene.from, rest);
    try {
      if (isFolder) await mkdir(path);
      else await writeFile(path, "x");
    } catch {
      process.stderr.write("skipped: this file system has no names but in UTF-8\n");
      return;
    }
    const told: string[] = [];
    const onTrouble = (where: string, code: string): void => void told.push(`${code} ${where}`);
    const { counts } = await scene.once({ source: { recursive: true, onTrouble } });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(told).toEqual([`EILSEQ ${join(scene.from, `caf\uFFFD${rest}`)}`]);
  });

  test.each(["a unit", "a file of a unit"])("%s", async (what) => {
    for (const name of ["good", "bad"]) await scene.make(`${name}/meta.json`, "{}");
    try {
      if (what === "a unit") await mkdir(byName(scene.from));
      else await writeFile(byName(join(scene.from, "bad")), "x");
    } catch {
      process.stderr.write("skipped: this file system has no names but in UTF-8\n");
      return;
    }
    const told: string[] = [];
    const onTrouble = (where: string, code: string): void => void told.push(`${code} ${where}`);
    const pickup = createUnitPickup({ path: scene.from, once: true, pollMs: 5, onTrouble });
    const { counts } = await scene.once({ pickup });
    expect(counts).toMatchObject({ delivered: what === "a unit" ? 2 : 1 });
    expect(told).toEqual([`EILSEQ ${join(scene.from, what === "a unit" ? "caf\uFFFD" : "bad")}`]);
  });
});
