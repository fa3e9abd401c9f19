import { type Clock, type ClockTimer, createSystemClock } from "@plumbline/core";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { run, World } from "./world.ts";

const START_TIMEOUT_MS = 54_321;

/** No start takes too long before the test says so. */
class StartClock implements Clock {
  readonly #clock = createSystemClock();
  readonly #starts = new Set<() => void>();

  nowMicros(): number {
    return this.#clock.nowMicros();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    if (delayMs !== START_TIMEOUT_MS) return this.#clock.setTimer(callback, delayMs);
    this.#starts.add(callback);
    return { cancel: () => void this.#starts.delete(callback) };
  }

  /** The start that is under way takes too long: once its timer is set. */
  expire(): void {
    setImmediate(() => {
      for (const callback of this.#starts) callback();
    });
  }
}

function namesIn(path: string): readonly string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly name?: string })
    .flatMap(({ name = "" }) => (name.startsWith("plumbline.") ? [] : [name]));
}

function base(journal = "all.jsonl"): string {
  return `service: { name: shop }\njournal: { path: ./${journal} }\n`;
}

describe("what is not changed is not touched", () => {
  test("same instance, same queue; what is changed is another, and takes the next event", async () => {
    const world = new World();
    const { telemetry, edit, notices } = await run(
      world,
      `${base()}sinks: { a: { use: rec }, b: { use: rec, mark: 1 } }\n`,
    );
    telemetry.emit("one");
    expect(await edit(`${base()}sinks: { a: { use: rec }, b: { use: rec, mark: 2 } }\n`)).toEqual({
      outcome: "applied",
      generation: 2,
      changed: ["sinks.b"],
    });
    telemetry.emit("two");
    await telemetry.flush();
    expect(world.of("a").map(({ lines, events }) => [lines, events])).toEqual([[["one", "two"], ["start"]]]);
    expect(world.of("b").map(({ lines, events }) => [lines, events])).toEqual([
      [["one"], ["start", "close"]],
      [["two"], ["start"]],
    ]);
    expect(notices).toEqual([{ outcome: "applied", generation: 2, changed: ["sinks.b"], origin: "file" }]);
    expect(world.violations).toEqual([]);
  });

  test("how a sink is fed changes without touching it; levels change with it", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, `${base()}sinks: { a: { use: rec } }\n`);
    telemetry.emit("one");
    await edit(`${base()}minSeverity: debug\nsinks: { a: { use: rec, minSeverity: warn } }\n`);
    telemetry.emit("two");
    telemetry.emit("three", {}, { severity: "error" });
    telemetry.emit("quiet", {}, { severity: "debug" });
    await telemetry.flush();
    expect(world.of("a").map(({ lines, events }) => [lines, events])).toEqual([[["one", "three"], ["start"]]]);
    expect(telemetry.report().intake).toMatchObject({ emitted: 4, accepted: 4 });
    await edit(`${base()}sinks: { a: { use: rec, minSeverity: warn } }\n`);
    telemetry.emit("quiet", {}, { severity: "debug" });
    expect(telemetry.report().intake).toMatchObject({ accepted: 4 });
  });

  test("a config that says the same is no change", async () => {
    const world = new World();
    const { telemetry, edit, notices } = await run(world, `${base()}sinks: { a: { use: rec } }\n`);
    expect(await edit(`# a note\n${base()}sinks:\n  a: { use: rec, enabled: true }\n`)).toEqual({
      outcome: "unchanged",
      generation: 1,
      changed: [],
    });
    expect(notices).toHaveLength(1);
    expect(telemetry.report().reload).toMatchObject({ generation: 1, applied: 0, unchanged: 1, rejected: 0 });
  });

  test("processors keep their state, sources and services their instance; those that change take over", async () => {
    const world = new World();
    const yaml = (mark: number): string =>
      `${base()}processors: [{ use: tag, mark: ${mark} }]\nservices: { s: { use: serve, mark: ${mark} }, t: { use: serve } }\nsources: { q: { use: bring, mark: ${mark} }, r: { use: bring } }\n`;
    const { telemetry, edit, cwd } = await run(world, yaml(1));
    telemetry.emit("one");
    const [old] = world.sources;
    await edit(yaml(2));
    telemetry.emit("two");
    const [, , next] = [...world.sources];
    old?.({ name: "from the old one" });
    next?.({ name: "from the new one" });
    await telemetry.flush();
    expect(namesIn(join(cwd, "all.jsonl"))).toEqual(["one", "two", "from the new one"]);
    const tags = readFileSync(join(cwd, "all.jsonl"), "utf8").match(/"tag":\d/g);
    expect(tags).toEqual(['"tag":1', '"tag":2', '"tag":2']);
    expect(["t", "r"].map((name) => world.of(name).map(({ events }) => events))).toEqual([[["start"]], [["start"]]]);
    await telemetry.close();
    expect(world.of("s").map(({ events }) => events)).toEqual([
      ["start", "close"],
      ["start", "close"],
    ]);
  });
});

describe("redaction, resource and limits", () => {
  test("change between two events, and the counts go on", async () => {
    const world = new World();
    const { telemetry, edit, cwd } = await run(world, base());
    telemetry.emit("one", { password: "p", ticket: "t" });
    await edit(`${base()}redact: { keys: [ticket] }\nlimits: { maxStringLength: 16 }\n`);
    telemetry.emit("two", { password: "p", ticket: "t", long: "x".repeat(100) });
    await edit("service: { name: shop, version: '2' }\njournal: { path: ./all.jsonl }\n");
    telemetry.emit("three", { ticket: "t" });
    await telemetry.flush();
    const lines = readFileSync(join(cwd, "all.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"name":"t') || line.includes('"name":"one"'))
      .map((line) => JSON.parse(line) as { attributes: Record<string, string>; resource: Record<string, string> });
    expect(lines.map(({ attributes }) => [attributes["ticket"]?.startsWith("["), attributes["long"]?.length])).toEqual([
      [false, undefined],
      [true, expect.any(Number)],
      [false, undefined],
    ]);
    expect(lines[1]?.attributes["long"]?.length).toBeLessThan(50);
    expect(lines.map(({ resource }) => resource["service.version"])).toEqual([undefined, undefined, "2"]);
    expect(Object.values(telemetry.report().redacted).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
  });
});

describe("what is refused leaves everything as it was", () => {
  test.each([
    ["a file that is not well formed", "sinks: [", "PLB_CONFIG_INVALID"],
    ["an unknown key", `${base()}sinkz: {}`, "PLB_CONFIG_INVALID"],
    ["a plugin that there is not", `${base()}sinks: { a: { use: rec }, b: { use: nowhere } }`, "PLB_CONFIG_INVALID"],
    [
      "a component that does not start",
      `${base()}sinks: { a: { use: rec, mark: 2 }, b: { use: rec, fails: true } }`,
      "PLB_START_FAILED",
    ],
    [
      "one that hangs",
      `${base()}sinks: { a: { use: rec, mark: 2 }, b: { use: rec, hangs: true } }`,
      "PLB_START_TIMEOUT",
    ],
    ["an assertion", `${base()}sinks: { a: { use: rec, mark: 2, assert: [{ env: GONE }] } }`, "PLB_ASSERT_FAILED"],
    [
      "a journal that cannot be opened",
      "journal: { path: /proc/nowhere/x.jsonl }\nsinks: { a: { use: rec, mark: 2 } }",
      "PLB_START_FAILED",
    ],
  ])("%s", async (_what, yaml, code) => {
    const world = new World();
    const clock = new StartClock();
    world.onStart = ({ options }) => {
      if (options.hangs === true) clock.expire();
    };
    const { telemetry, edit, notices, cwd } = await run(world, `${base()}sinks: { a: { use: rec } }\n`, {
      startTimeoutMs: START_TIMEOUT_MS,
      clock,
    });
    telemetry.emit("one");
    await expect(edit(yaml)).rejects.toMatchObject({ code });
    telemetry.emit("two");
    await telemetry.flush();
    const [first, ...others] = world.of("a");
    expect(first).toMatchObject({ lines: ["one", "plumbline.reload.rejected", "two"], events: ["start"] });
    expect(others.map(({ lines, state }) => [lines, state])).toEqual(
      others.map(() => [[], expect.stringMatching(/^(?:made|closed)$/)]),
    );
    expect(namesIn(join(cwd, "all.jsonl"))).toEqual(["one", "two"]);
    expect(notices).toMatchObject([{ outcome: "rejected", generation: 1, error: { code } }]);
    expect(telemetry.report().reload).toMatchObject({
      generation: 1,
      rejected: 1,
      lastRejected: { code },
      down: [],
    });
    expect(await edit(`${base()}sinks: { a: { use: rec } }\n`)).toMatchObject({ outcome: "unchanged" });
    expect(telemetry.report().reload.lastRejected).toBeUndefined();
  });

  test("what a listener throws is told, and keeps nobody from hearing of it", async () => {
    const { telemetry, edit, notices } = await run(new World(), base());
    const heard: string[] = [];
    telemetry.on("reload", () => {
      throw new Error("no");
    });
    const end = telemetry.on("reload", ({ outcome }) => heard.push(outcome));
    await edit(`${base()}minSeverity: warn\n`);
    end();
    await edit(`${base()}minSeverity: error\n`);
    expect([heard, notices.length]).toEqual([["applied"], 2]);
  });

  test("a file that is gone", async () => {
    const { telemetry, cwd } = await run(new World(), base(), { configFile: "plumbline.yaml" });
    rmSync(join(cwd, "plumbline.yaml"));
    await expect(telemetry.reload()).rejects.toMatchObject({ code: "PLB_CONFIG_INVALID" });
    await telemetry.close();
    await expect(telemetry.reload()).rejects.toMatchObject({ code: "PLB_RELOAD_CLOSED" });
  });
});

describe("what is held exclusively is handed over", () => {
  const sink = (mark: number, more = ""): string =>
    `${base()}sinks: { a: { use: rec, holds: "tcp:1", mark: ${mark}${more} } }\n`;

  test("the old one releases it, its queue goes on with the new one, in order", async () => {
    const world = new World();
    let release: () => void = () => undefined;
    const { telemetry, edit } = await run(world, sink(1));
    world.onWrite = (life) =>
      life.options.mark === 1
        ? new Promise((resolve) => {
            release = resolve;
          })
        : undefined;
    telemetry.emit("one");
    await new Promise(setImmediate);
    telemetry.emit("two");
    const edited = edit(sink(2));
    await new Promise(setImmediate);
    telemetry.emit("three");
    await expect.poll(() => world.of("a").length).toBe(2);
    release();
    await edited;
    telemetry.emit("four");
    await telemetry.flush();
    expect(world.of("a").flatMap(({ lines }) => lines)).toEqual(["one", "two", "three", "four"]);
    expect(world.of("a").map(({ events }) => events)).toEqual([["start", "close"], ["start"]]);
    expect(world.violations).toEqual([]);
    expect(telemetry.report().outputs.find(({ name }) => name === "a")).toMatchObject({
      accepted: 4,
      delivered: 4,
      dropped: {},
    });
  });

  test("and put back when the new one fails: another instance of the old goes on with the queue", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, sink(1));
    telemetry.emit("one");
    await expect(edit(sink(2, ", fails: true"))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    telemetry.emit("two");
    await telemetry.flush();
    expect(world.of("a").map(({ options, lines, state }) => [options.mark, lines, state])).toEqual([
      [1, [], "closed"],
      [2, [], "closed"],
      [1, ["one", "plumbline.reload.rejected", "two"], "started"],
    ]);
    expect(telemetry.report().reload.down).toEqual([]);
  });

  test("a port that somebody else has leaves the old system whole", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, `${base()}sinks: { a: { use: rec, holds: "tcp:1" } }\n`);
    world.held.set("tcp:2", { ...world.of("a")[0] } as never);
    await expect(edit(`${base()}sinks: { a: { use: rec, holds: "tcp:2" } }\n`)).rejects.toMatchObject({
      code: "PLB_START_FAILED",
      details: { code: "EADDRINUSE" },
    });
    telemetry.emit("one");
    await telemetry.flush();
    expect(world.of("a").map(({ state }) => state)).toEqual(["started", "closed"]);
    expect(world.of("a")[0]?.lines).toContain("one");
  });

  test("under another name too; what the old one still has goes first", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, `${base()}sinks: { a: { use: rec, holds: "tcp:1" } }\n`);
    telemetry.emit("one");
    const edited = edit(`${base()}sinks: { b: { use: rec, holds: "tcp:1" } }\n`);
    await Promise.resolve();
    telemetry.emit("two");
    await edited;
    telemetry.emit("three");
    await telemetry.flush();
    expect([...world.of("a"), ...world.of("b")].flatMap(({ lines }) => lines)).toEqual(["one", "two", "three"]);
    expect(world.violations).toEqual([]);
    const report = telemetry.report();
    expect(report.outputs.find(({ name }) => name === "a")).toMatchObject({ accepted: 2, delivered: 2 });
    expect(report.outputs.find(({ name }) => name === "b")).toMatchObject({ accepted: 1, delivered: 1 });
  });

  test("two that swap what they hold", async () => {
    const world = new World();
    const two = (a: string, b: string): string =>
      `${base()}sinks: { a: { use: rec, holds: "tcp:${a}" }, b: { use: rec, holds: "tcp:${b}" } }\n`;
    const { telemetry, edit } = await run(world, two("1", "2"));
    telemetry.emit("one");
    await edit(two("2", "1"));
    telemetry.emit("two");
    await telemetry.flush();
    for (const name of ["a", "b"]) expect(world.of(name).flatMap(({ lines }) => lines)).toEqual(["one", "two"]);
    expect(world.violations).toEqual([]);
  });

  test("services and sources, and a component's own folder", async () => {
    const world = new World();
    const yaml = (mark: number, more = ""): string =>
      `${base()}services: { s: { use: serve, holds: "tcp:1", mark: ${mark}${more} } }\nsources: { q: { use: bring, holds: "tcp:2", mark: ${mark}${more} } }\nsinks: { a: { use: rec, data: true, mark: ${mark}${more} } }\n`;
    const { telemetry, edit, cwd } = await run(world, yaml(1));
    await edit(yaml(2));
    await expect(edit(yaml(3, ", fails: true"))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    for (const name of ["s", "q", "a"]) {
      const lives = world.of(name).map(({ options, state }) => [options.mark, state]);
      expect(
        lives.filter(([, state]) => state === "started"),
        name,
      ).toEqual([[2, "started"]]);
    }
    [...world.sources].at(-1)?.({ name: "brought" });
    await telemetry.flush();
    expect(namesIn(join(cwd, "all.jsonl"))).toEqual(["brought"]);
    expect(existsSync(join(cwd, "shop.data/sinks.a")) || existsSync(join(cwd, "all.data/sinks.a"))).toBe(true);
  });

  test("what cannot be started again is tried until it can be; its events wait", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, sink(1));
    const thief = { ...world.of("a")[0] } as never;
    const steal = edit(sink(2, ", fails: true"));
    // Somebody takes the port in the moment in which it is free.
    const watch = setInterval(() => {
      if (!world.held.has("tcp:1")) world.held.set("tcp:1", thief);
    }, 0);
    const free = world.held.delete.bind(world.held);
    world.held.delete = (key) => {
      const result = free(key);
      world.held.set(key, thief);
      return result;
    };
    await expect(steal).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    clearInterval(watch);
    telemetry.emit("waits");
    expect(telemetry.report().reload.down).toEqual(["sinks.a"]);
    world.held.delete = free;
    world.held.delete("tcp:1");
    // The next reload does not wait for the next attempt.
    await edit(sink(3));
    await telemetry.flush();
    expect(telemetry.report().reload.down).toEqual([]);
    expect(world.of("a").at(-1)?.lines).toContain("waits");
  });
});

describe("the journal", () => {
  const at = (path: string, more = ""): string => `service: { name: shop }\njournal: { path: ./${path}${more} }\n`;

  test("moves: each event is in exactly one of the two, and those who read it finish the old one first", async () => {
    const world = new World();
    const serve = "services: { s: { use: serve, journal: true }, t: { use: serve } }\n";
    const { telemetry, edit, cwd } = await run(world, at("one.jsonl") + serve);
    telemetry.emit("1");
    const edited = edit(at("two.jsonl") + serve);
    telemetry.emit("2");
    await edited;
    telemetry.emit("3");
    await telemetry.flush();
    await expect.poll(() => telemetry.report().reload.down).toEqual([]);
    expect(namesIn(join(cwd, "one.jsonl"))).toEqual(["1", "2"]);
    expect(namesIn(join(cwd, "two.jsonl"))).toEqual(["3"]);
    expect(world.of("s").map(({ events }) => events)).toEqual([
      ["journal one.jsonl", "start", "finish", "close"],
      ["journal two.jsonl", "start"],
    ]);
    expect(world.of("t")).toHaveLength(1);
    expect(telemetry.report().outputs.filter(({ name }) => name === "journal")).toMatchObject([
      { accepted: 3, delivered: 3, dropped: {} },
    ]);
  });

  test.each([
    ["rotation", ", rotate: { maxBytes: 2KiB }"],
    ["durability", ", durability: fsynced"],
    ["its queue", ", queue: { policy: drop-oldest }"],
    ["how often it writes", ", flushInterval: 1ms"],
  ])("changes %s: not one event is lost, none is twice", async (_what, more) => {
    const world = new World();
    const serve = "services: { s: { use: serve, journal: true } }\n";
    const { telemetry, edit, cwd } = await run(world, at("all.jsonl") + serve);
    const ids: Promise<string | undefined>[] = [];
    let count = 0;
    const emitter = setInterval(() => ids.push(telemetry.emitAsync(`e${count++}`)), 0);
    onTestFinished(() => clearInterval(emitter));
    await edit(at("all.jsonl", more) + serve);
    await edit(at("all.jsonl") + serve);
    await edit(at("all.jsonl", more) + serve);
    clearInterval(emitter);
    for (let i = 0; i < 50; i++) telemetry.emit(`tail${i}`, { padding: "x".repeat(100) });
    await telemetry.flush();
    const all = await Promise.all(ids);
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain(undefined);
    const names = readdirSync(cwd)
      .filter((name) => name.startsWith("all.") && /jsonl$|sealing$/.test(name))
      .flatMap((name) => namesIn(join(cwd, name)));
    expect([...names].toSorted()).toEqual(
      [
        ...Array.from({ length: count }, (_, i) => `e${i}`),
        ...Array.from({ length: 50 }, (_, i) => `tail${i}`),
      ].toSorted(),
    );
    expect(world.of("s").filter(({ state }) => state === "started")).toHaveLength(1);
    expect(telemetry.report().journal?.counts.rotations).toBeGreaterThanOrEqual(more.includes("rotate") ? 1 : 0);
  });

  test("comes and goes", async () => {
    const world = new World();
    const sinks = "sinks: { a: { use: rec } }\n";
    const { telemetry, edit, cwd } = await run(world, `journal: false\n${sinks}`);
    telemetry.emit("1");
    await edit(`${at("all.jsonl")}${sinks}`);
    telemetry.emit("2");
    await edit(`journal: false\n${sinks}`);
    telemetry.emit("3");
    await telemetry.flush();
    expect(namesIn(join(cwd, "all.jsonl"))).toEqual(["2"]);
    expect(world.of("a")[0]?.lines).toEqual(["1", "2", "3"]);
  });

  test("that cannot be opened anew is opened as it was, and has what came meanwhile", async () => {
    const world = new World();
    const { telemetry, edit, cwd } = await run(world, at("all.jsonl"));
    telemetry.emit("1");
    const edited = edit(
      `${at("all.jsonl", ", rotate: { keep: 1 }")}sinks: { a: { use: rec, data: true, holds: "x" }, b: { use: rec, holds: "x" } }\n`,
    );
    telemetry.emit("2");
    await expect(edited).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    telemetry.emit("3");
    await telemetry.flush();
    expect(namesIn(join(cwd, "all.jsonl"))).toEqual(["1", "2", "3"]);
    expect(telemetry.report().outputs[0]).toMatchObject({ name: "journal", accepted: 4, delivered: 4, dropped: {} });
  });
});

test("conditions are looked at anew: a component comes and goes with them", async () => {
  const world = new World();
  const yaml = `${base()}sinks: { a: { use: rec, when: [{ pathExists: ./on }] } }\n`;
  const { telemetry, cwd } = await run(world, yaml);
  expect(telemetry.report().skipped).toHaveLength(1);
  writeFileSync(join(cwd, "on"), "");
  expect(await telemetry.reload()).toMatchObject({ outcome: "applied", changed: ["sinks.a"] });
  telemetry.emit("one");
  rmSync(join(cwd, "on"));
  expect(await telemetry.reload()).toMatchObject({ outcome: "applied", changed: ["sinks.a"] });
  await telemetry.flush();
  expect(world.of("a").map(({ lines, state }) => [lines, state])).toEqual([[["one"], "closed"]]);
  expect(telemetry.report().skipped).toEqual([
    { path: "sinks.a", use: "rec", reason: "when fails: pathExists: ./on does not exist" },
  ]);
});
