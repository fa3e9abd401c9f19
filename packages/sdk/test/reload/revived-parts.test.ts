import { type Clock, type ClockTimer, createSystemClock, definePlugin } from "@plumbline/core";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { run, World } from "./world.ts";

const LONG = { timeout: 20_000 };

/** While `isHasty`, pauses between attempts are short: they alone are drawn, and so no whole milliseconds. */
class HastyClock implements Clock {
  readonly #clock = createSystemClock();
  isHasty = false;

  nowMicros(): number {
    return this.#clock.nowMicros();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    return this.#clock.setTimer(callback, this.isHasty && !Number.isInteger(delayMs) ? 20 : delayMs);
  }
}

/** How often it was said that a part is tried again. */
function attempts(): () => number {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  return () => write.mock.calls.filter(([text]) => String(text).includes("It is tried again.")).length;
}

/** Puts a file in the place of the folder `logs`, which nothing can be opened in; gives what brings the folder back. */
function takeLogsAway(cwd: string): () => void {
  const [logs, away] = [join(cwd, "logs"), join(cwd, "away")];
  renameSync(logs, away);
  writeFileSync(logs, "");
  return () => {
    rmSync(logs);
    renameSync(away, logs);
  };
}

/** Without what the reloads say. */
const own = (names: readonly string[]): readonly string[] => names.filter((name) => !name.startsWith("plumbline."));

const namesIn = (path: string): readonly string[] =>
  own(
    readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { readonly name?: string }).name ?? ""),
  );

test("a journal whose folder is away is tried until it opens; what waited for it and those who read it go on", async () => {
  const world = new World();
  const tried = attempts();
  const clock = new HastyClock();
  const yaml = (keep: number): string =>
    `service: { name: shop }\njournal: { path: ./logs/j.jsonl, rotate: { keep: ${keep} } }\nsinks: { a: { use: rec, delivery: journal } }\nservices: { s: { use: serve, journal: true } }\n`;
  const { telemetry, edit, cwd } = await run(world, yaml(5), { clock });
  telemetry.emit("before");
  await telemetry.flush();
  const comesBack = takeLogsAway(cwd);
  clock.isHasty = true;
  await expect(edit(yaml(6))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  const written = telemetry.emitAsync("waits");
  await expect.poll(tried, LONG).toBeGreaterThan(5);
  expect(telemetry.report().reload.down).toContain("journal");
  comesBack();
  expect(await written).toBeDefined();
  await expect.poll(() => telemetry.report().reload.down, LONG).toEqual([]);
  clock.isHasty = false;
  telemetry.emit("after");
  await telemetry.flush();
  expect(namesIn(join(cwd, "logs/j.jsonl"))).toEqual(["before", "waits", "after"]);
  expect(own(world.of("a").flatMap(({ lines }) => lines))).toEqual(["before", "waits", "after"]);
  expect(
    world.lives.filter(
      ({ events }) => events.indexOf("close") < events.lastIndexOf("start") && events.includes("close"),
    ),
  ).toEqual([]);
  expect(world.of("s").filter(({ state }) => state === "started")).toHaveLength(1);
});

test("a file sink is tried until it opens, with an instance of its own each time; what waited for it is written", async () => {
  const tried = attempts();
  const clock = new HastyClock();
  const yaml = (keep: number): string =>
    `service: { name: shop }\njournal: false\nsinks: { f: { use: file, path: ./logs/f.jsonl, rotate: { keep: ${keep} } } }\n`;
  const { telemetry, edit, cwd } = await run(new World(), yaml(5), { clock });
  telemetry.emit("before");
  await telemetry.flush();
  const comesBack = takeLogsAway(cwd);
  clock.isHasty = true;
  await expect(edit(yaml(6))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  telemetry.emit("waits");
  await expect.poll(tried, LONG).toBeGreaterThan(2);
  comesBack();
  await expect.poll(() => telemetry.report().reload.down, LONG).toEqual([]);
  clock.isHasty = false;
  await telemetry.flush();
  expect(namesIn(join(cwd, "logs/f.jsonl"))).toEqual(["before", "waits"]);
});

test("no instance is started that was closed; a reload that cannot be made keeps nothing from being tried", async () => {
  const world = new World();
  const tried = attempts();
  const clock = new HastyClock();
  const yaml = (mark: number, more = ""): string =>
    `service: { name: shop }\njournal: false\nsinks: { a: { use: rec, holds: "x", mark: ${mark}${more} } }\nservices: { s: { use: serve, holds: "y", mark: ${mark} } }\n`;
  const broken = definePlugin({
    id: "broken",
    kind: "processor",
    apiVersion: 1,
    create: () => {
      throw new Error("it cannot be made");
    },
  });
  const unfed = definePlugin({
    id: "unfed",
    kind: "sink",
    apiVersion: 1,
    create: () => ({ feed: { maxBatchCount: 0 }, write: () => Promise.resolve(), close: () => undefined }),
  });
  const plugins = [...world.plugins, broken, unfed];
  const { telemetry, edit } = await run(world, yaml(1), { clock, plugins });
  world.onStart = () => {
    throw new Error("the port is taken");
  };
  clock.isHasty = true;
  await expect(edit(yaml(2))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  telemetry.emit("waits");
  await expect.poll(tried, LONG).toBeGreaterThan(4);
  const unmade = `${yaml(3)}processors: [{ use: broken }]\n`;
  await expect(edit(unmade)).rejects.toMatchObject({ code: "PLB_PLUGIN_CREATE_FAILED" });
  const unwired = yaml(3, " }, b: { use: unfed");
  await expect(edit(unwired)).rejects.toMatchObject({ code: "PLB_OUTPUT_OPTIONS_INVALID" });
  world.onStart = () => undefined;
  await expect.poll(() => telemetry.report().reload.down, LONG).toEqual([]);
  clock.isHasty = false;
  await telemetry.flush();
  expect(own(world.of("a").at(-1)?.lines ?? [])).toEqual(["waits"]);
  for (const name of ["a", "s"]) {
    expect(
      world.of(name).filter(({ state }) => state === "started"),
      name,
    ).toHaveLength(1);
    expect(
      world.of(name).filter(({ events }) => events.join() === "close,start"),
      name,
    ).toEqual([]);
  }
  await telemetry.close();
  expect(world.lives.filter(({ state }) => state === "started")).toEqual([]);
});

test("a processor with a folder of its own that could not be started again gets every event from when it runs", async () => {
  const world = new World();
  const tried = attempts();
  const clock = new HastyClock();
  const yaml = (mark: number): string =>
    `service: { name: shop }\njournal: { path: ./j.jsonl }\ndataDir: ./data\nsinks: { a: { use: rec } }\nprocessors: [{ use: tag, data: true, mark: ${mark} }]\n`;
  const { telemetry, edit } = await run(world, yaml(1), { clock });
  telemetry.emit("before");
  await telemetry.flush();
  world.onStart = () => {
    throw new Error("the folder is in use");
  };
  clock.isHasty = true;
  await expect(edit(yaml(2))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  await expect.poll(tried, LONG).toBeGreaterThan(2);
  world.onStart = () => undefined;
  await expect.poll(() => telemetry.report().reload.down, LONG).toEqual([]);
  clock.isHasty = false;
  telemetry.emit("after");
  await telemetry.flush();
  const lives = world.lives.filter(({ kind }) => kind === "processor");
  expect(lives.filter(({ state }) => state === "started")).toEqual([lives.at(-1)]);
  expect(lives.filter(({ lines }) => lines.includes("after"))).toEqual([lives.at(-1)]);
  expect(own(world.of("a").flatMap(({ lines }) => lines))).toEqual(["before", "after"]);
  await edit(yaml(3));
  telemetry.emit("at last");
  await telemetry.flush();
  expect(world.lives.filter(({ lines, kind }) => kind === "processor" && lines.includes("at last"))).toMatchObject([
    { options: { mark: 3 }, state: "started" },
  ]);
});
