import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definePlugin } from "@plumbline/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { start, type StartOptions, type Telemetry } from "../src/index.ts";
import { scratch } from "./scratch.ts";

async function begin(options: StartOptions): Promise<Telemetry> {
  const telemetry = await start({
    env: {},
    handleSignals: false,
    flushOnExit: false,
    service: { name: "s" },
    ...options,
  });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

const bodies = (path: string): unknown[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { body: unknown }).body);

/** Waits until the segment has its final name. */
async function sealed(folder: string, count: number): Promise<readonly string[]> {
  for (;;) {
    const names = readdirSync(folder).filter((name) => /^\w+\.[0-9a-v]{13}-\d+\.jsonl$/.test(name));
    if (names.length === count) return names.sort();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("telemetry.rotate()", () => {
  test("seals the journal and the files of sinks, and lines go on in new ones", async () => {
    const cwd = scratch();
    const telemetry = await begin({
      cwd,
      sinks: { plain: { use: "file", path: "./t/plain.jsonl" } },
      journal: { path: "./t/s.jsonl" },
    });
    const { rotate } = telemetry;
    telemetry.log.info("before");
    await telemetry.flush();
    await rotate();
    telemetry.log.info("after");
    await telemetry.flush();
    const folder = join(cwd, "t");
    const names = await sealed(folder, 2);
    expect(names.map((name) => name.split(".")[0])).toEqual(["plain", "s"]);
    for (const name of names) expect(bodies(join(folder, name))).toEqual(["before"]);
    for (const name of ["plain.jsonl", "s.jsonl"]) expect(bodies(join(folder, name))).toEqual(["after"]);
  });

  test("seals the file of a sink that the journal feeds, too", async () => {
    const cwd = scratch();
    const telemetry = await begin({
      cwd,
      sinks: { plain: { use: "file", path: "./t/plain.jsonl", delivery: "journal" } },
      journal: { path: "./s.jsonl" },
    });
    telemetry.log.info("before");
    await telemetry.flush();
    await telemetry.rotate();
    telemetry.log.info("after");
    await telemetry.flush();
    const [name = ""] = await sealed(join(cwd, "t"), 1);
    expect(bodies(join(cwd, "t", name))).toEqual(["before"]);
    expect(bodies(join(cwd, "t/plain.jsonl"))).toEqual(["after"]);
  });

  test("takes what was emitted before the call into the journal's old file, and leaves empty ones", async () => {
    const cwd = scratch();
    const telemetry = await begin({ cwd, journal: { path: "./t/s.jsonl" } });
    await telemetry.rotate();
    expect(readdirSync(join(cwd, "t")).filter((name) => name.endsWith(".jsonl"))).toEqual(["s.jsonl"]);
    for (let index = 0; index < 100; index++) telemetry.log.info(String(index));
    await telemetry.rotate();
    const [name = ""] = await sealed(join(cwd, "t"), 1);
    expect(bodies(join(cwd, "t", name))).toHaveLength(100);
  });

  test("says which file goes on as it is, when all have tried", async () => {
    const cwd = scratch();
    const failing = definePlugin({
      id: "test-failing",
      kind: "sink",
      apiVersion: 1,
      create: () => ({
        write: () => undefined,
        close: () => undefined,
        rotate: () => Promise.reject(Object.assign(new Error("no"), { code: "EIO" })),
      }),
    });
    const telemetry = await begin({
      cwd,
      plugins: [failing],
      sinks: { broken: { use: "test-failing" } },
      journal: { path: "./t/s.jsonl" },
    });
    telemetry.log.info("before");
    await expect(telemetry.rotate()).rejects.toMatchObject({
      code: "PLB_ROTATE_INCOMPLETE",
      details: { outputs: { broken: "EIO" } },
    });
    await sealed(join(cwd, "t"), 1);
  });
});
