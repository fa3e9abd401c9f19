import { definePlugin, type Source } from "@plumbline/core";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "../../src/index.ts";
import { readLines } from "../child.ts";
import { run, type Running, World } from "./world.ts";

const JOURNAL = "journal: { path: ./j.jsonl }";
/** Enough for the journal's file to be opened again, also on a machine that is busy; what is waited for beside it does not come. */
const ENOUGH_MS = 1000;

test.each([
  {
    what: "another sink",
    before: `${JOURNAL}\nsinks: { a: { use: rec } }`,
    after: `${JOURNAL}\nsinks: { b: { use: rec, holds: y } }`,
  },
  {
    what: "a sink that the journal feeds, beside one that is direct",
    before: `${JOURNAL}\nsinks: { a: { use: rec } }`,
    after: `${JOURNAL}\nsinks: { a: { use: rec }, b: { use: rec, holds: y, delivery: journal } }`,
  },
  {
    what: "a sink that takes over from one that the journal feeds",
    before: `${JOURNAL}\nsinks: { a: { use: rec, holds: y, delivery: journal } }`,
    after: `${JOURNAL}\nsinks: { b: { use: rec, holds: y } }`,
  },
  {
    what: "the journal's file opened anew",
    before: `${JOURNAL}\nsinks: { a: { use: rec, holds: y, delivery: journal } }`,
    after: `journal: { path: ./j.jsonl, rotate: { maxBytes: 1MiB } }\nsinks: { a: { use: rec, holds: y, mark: 1, delivery: journal } }`,
  },
  {
    what: "a journal where there was none",
    before: "journal: false\nsinks: { a: { use: rec, holds: y } }",
    after: `${JOURNAL}\nsinks: { a: { use: rec, holds: y, delivery: journal, mark: 1 } }`,
  },
  {
    what: "a config that is refused after that",
    before: `${JOURNAL}\nsinks: { a: { use: rec, holds: y } }`,
    after: `${JOURNAL}\nsinks: { b: { use: rec, holds: y }, bad: { use: rec, holds: y, fails: true } }`,
  },
])("a service is closed while a reload is under way, and nothing of it is left: $what", async ({ before, after }) => {
  const world = new World();
  const base = "service: { name: shop }\n";
  const { telemetry, edit, notices } = await run(world, `${base}${before}\n`);
  let begin: () => void = () => undefined;
  let isUnderWay = false;
  world.onStart = () => {
    isUnderWay = true;
    return new Promise((resolve) => (begin = resolve));
  };
  const edited = edit(`${base}${after}\n`).then(
    () => "applied",
    (error: unknown) => error,
  );
  await expect.poll(() => isUnderWay).toBe(true);
  telemetry.emit("meanwhile");
  await telemetry.close({ timeoutMs: 50 });
  const started = world.lives.length;
  world.onStart = () => undefined;
  begin();
  expect(await edited).toMatchObject({ code: "PLB_RELOAD_CLOSED" });
  await expect.poll(() => world.lives.filter(({ state }) => state === "started")).toEqual([]);
  expect([...world.held.keys()]).toEqual([]);
  expect(world.violations).toEqual([]);
  expect(notices).toEqual([]);
  // Nothing is made anew for a service that has ended.
  expect(world.lives.length).toBe(started);
  for (const { accepted, adopted, delivered, filtered, dropped, queued, inFlight } of telemetry.report().outputs) {
    const settled = delivered + filtered + Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect([inFlight, accepted + adopted]).toEqual([0, settled + queued]);
  }
});

test.each([
  {
    what: "services",
    before: `${JOURNAL}\nservices: { a: { use: serve, holds: p }, b: { use: serve, holds: q }, c: { use: serve, holds: r } }`,
    after: `${JOURNAL}\nservices: { a: { use: serve, holds: p, mark: 1 }, b: { use: serve, holds: q, mark: 1 }, c: { use: serve, holds: r, mark: 1, fails: true } }`,
  },
  {
    what: "sinks, of which the journal feeds one",
    before: `${JOURNAL}\nsinks: { a: { use: rec, holds: p }, b: { use: rec, holds: q }, c: { use: rec, holds: r, delivery: journal } }`,
    after: `${JOURNAL}\nsinks: { a: { use: rec, holds: p, mark: 1 }, b: { use: rec, holds: q, mark: 1 }, c: { use: rec, holds: r, mark: 1, fails: true, delivery: journal } }`,
  },
  {
    what: "a journal that is open again",
    before: `${JOURNAL}\nservices: { b: { use: serve, holds: q }, c: { use: serve, holds: r } }`,
    after: `journal: { path: ./j.jsonl, rotate: { maxBytes: 1MiB } }\nservices: { b: { use: serve, holds: q, mark: 1 }, c: { use: serve, holds: r, mark: 1, fails: true } }`,
  },
])(
  "a service is closed while a refused reload is taken back, and nothing of it is left: $what",
  async ({ before, after }) => {
    const world = new World();
    const base = "service: { name: shop }\n";
    const { telemetry, edit, cwd, notices } = await run(world, `${base}${before}\n`);
    let begin: () => void = () => undefined;
    let isTakenBack = false;
    world.onStart = async ({ name, options }) => {
      if (name !== "b" || options.mark === 1) return;
      isTakenBack = true;
      await new Promise<void>((resolve) => (begin = resolve));
    };
    const edited = edit(`${base}${after}\n`).catch((error: unknown) => error);
    await expect.poll(() => isTakenBack).toBe(true);
    telemetry.emit("meanwhile");
    await telemetry.close({ timeoutMs: 50 });
    const made = world.lives.length;
    // What has not begun to start is closed by then.
    expect(world.lives.filter(({ state }) => state === "started")).toEqual([]);
    begin();
    expect(await edited).toMatchObject({ code: "PLB_RELOAD_CLOSED" });
    await expect.poll(() => world.lives.filter(({ state }) => state === "started")).toEqual([]);
    expect([...world.held.keys()]).toEqual([]);
    expect(world.lives.length).toBe(made);
    expect(world.violations).toEqual([]);
    expect(notices).toEqual([]);
    // The journal is given up as well.
    const next = await start({
      cwd,
      env: {},
      handleSignals: false,
      flushOnExit: false,
      configFile: false,
      journal: { path: "./j.jsonl" },
    });
    expect(next.report().journal?.path).toBe(join(cwd, "j.jsonl"));
    await next.close();
  },
);

/** Brings an event when it is closed. */
const lastWord = definePlugin({
  id: "last-word",
  kind: "source",
  apiVersion: 1,
  create: (): Source => {
    let say: () => void = () => undefined;
    return {
      start: (emit) => {
        say = () => emit({ name: "last" });
      },
      close: () => say(),
    };
  },
});

const reopening = (keep: number): string =>
  `service: { name: shop }\njournal: { path: ./j.jsonl, rotate: { keep: ${keep} } }\nsinks: { a: { use: rec, holds: x, mark: ${keep} } }\nsources: { s: { use: last-word } }\n`;

const namesIn = ({ cwd }: Running): readonly unknown[] => readLines(join(cwd, "j.jsonl")).map(({ name }) => name);

test("a service is closed while a reload waits for a new part, and the journal is open again: what waited is in it", async () => {
  const world = new World();
  const running = await run(world, reopening(5), { plugins: [...world.plugins, lastWord] });
  const { telemetry, edit } = running;
  let begin: () => void = () => undefined;
  let isUnderWay = false;
  world.onStart = () => {
    isUnderWay = true;
    return new Promise((resolve) => (begin = resolve));
  };
  telemetry.emit("before");
  const edited = edit(reopening(6)).catch((error: unknown) => error);
  await expect.poll(() => isUnderWay).toBe(true);
  const awaited = telemetry.emitAsync("awaited");
  telemetry.emit("meanwhile");
  await telemetry.close({ timeoutMs: ENOUGH_MS });
  expect(await awaited).toBeDefined();
  expect(namesIn(running)).toEqual(["before", "awaited", "meanwhile", "last"]);
  const account = telemetry.report().outputs.find(({ name }) => name === "journal");
  expect(account).toMatchObject({ accepted: 4, delivered: 4, dropped: {}, queued: 0, inFlight: 0 });
  begin();
  expect(await edited).toMatchObject({ code: "PLB_RELOAD_CLOSED" });
});

test("a service is closed while a reload waits for an old part, and the journal is open still: what waited is in it", async () => {
  const world = new World();
  const running = await run(world, reopening(5), { plugins: [...world.plugins, lastWord] });
  const { telemetry, edit } = running;
  let go: () => void = () => undefined;
  const isGone = new Promise<void>((resolve) => (go = resolve));
  world.onWrite = () => isGone;
  telemetry.emit("before");
  await expect.poll(() => world.of("a")[0]?.writing).toBe(1);
  const edited = edit(reopening(6)).catch((error: unknown) => error);
  // What waits is queued until the journal has its file again.
  await expect
    .poll(() => {
      telemetry.emit("meanwhile");
      return telemetry.report().outputs.find(({ name }) => name === "journal")?.queued;
    })
    .toBeGreaterThan(2);
  const { emitted } = telemetry.report().intake;
  await telemetry.close({ timeoutMs: ENOUGH_MS });
  expect(namesIn(running)).toHaveLength(emitted + 1);
  expect(namesIn(running).at(-1)).toBe("last");
  const account = telemetry.report().outputs.find(({ name }) => name === "journal");
  expect(account).toMatchObject({ delivered: emitted + 1, dropped: {}, queued: 0, inFlight: 0 });
  go();
  expect(await edited).toMatchObject({ code: "PLB_RELOAD_CLOSED" });
  expect(world.lives.filter(({ state }) => state === "started")).toEqual([]);
});
