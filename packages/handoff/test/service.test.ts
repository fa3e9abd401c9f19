import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  type Clock,
  createSystemClock,
  type Journal,
  parsePluginOptions,
  type PluginContext,
  RetryableError,
  type Service,
} from "@plumbline/core";
import { journalLocation } from "@plumbline/jsonl";
import { createFakeClock, createTestContext, type FakeClock, type TestContext } from "@plumbline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHandoffService, handoff, type HandoffEvent } from "../src/index.ts";
import { createScene, type Scene } from "./scene.ts";

/** Pick-ups of somebody else's. */
const MODULE = `
const text = (value) => new TextEncoder().encode(value);
export const other = { id: "far-away/other", kind: "pickup", apiVersion: 1, create: () => ({ items: async function* () {}, close() {} }) };
let failures = 2;
export const flaky = {
  id: "far-away/flaky",
  kind: "pickup",
  apiVersion: 1,
  create: () => ({
    async *items() {
      if (failures-- > 0) throw Object.assign(new Error("no more files"), { code: "EMFILE" });
    },
    close() {},
  }),
};
export const gated = {
  id: "far-away/gated",
  kind: "destination",
  apiVersion: 1,
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: ({ gate }) => ({
    async start() { gate.reached(); await gate.opened; return { overwrite: ["same"] }; },
    async stage() {},
    async inspect() {},
    async reap() { return 0; },
    async *manifests() {},
    close: () => gate.closed(),
  }),
};
let downs = 2;
export const down = {
  ...gated,
  id: "far-away/down",
  create: ({ error }) => ({
    ...gated.create({ gate: { closed() {} } }),
    async start() {
      if (downs-- > 0) throw error;
      return { overwrite: ["same"] };
    },
  }),
};
export const letters = {
  id: "far-away/letters",
  kind: "pickup",
  apiVersion: 1,
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ("letters" in value ? { value } : { issues: [{ message: "letters are missing", path: ["letters"] }] }) } },
  create: ({ letters }) => ({
    async *items() {
      for (const letter of letters) {
        yield {
          key: letter, name: letter, guarantee: "committed", evidence: ["committed: it is a letter"], size: 1,
          async *read() { yield text(letter); },
          async recheck() {},
          async settle() {},
        };
      }
    },
    close() {},
  }),
};
`;

let scene: Scene;
let context: PluginContext;
beforeEach(async () => {
  scene = await createScene();
  context = { ...createTestContext(), baseDir: scene.base };
  const folder = join(scene.base, "node_modules", "far-away");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "name": "far-away", "version": "1.0.0", "exports": "./index.mjs" }');
  await writeFile(join(folder, "index.mjs"), MODULE);
  await writeFile(join(scene.base, "none.mjs"), "export const nothing = 1;\n");
});
afterEach(async () => scene[Symbol.asyncDispose]());

async function serviceOf(options: Readonly<Record<string, unknown>>, events: HandoffEvent[] = []): Promise<Service> {
  const read = await parsePluginOptions(handoff, { to: "to", state: "state", ...options });
  return createHandoffService(read, context, (event) => events.push(event));
}

async function handsOn(options: Readonly<Record<string, unknown>>, count: number): Promise<readonly string[]> {
  const events: HandoffEvent[] = [];
  const service = await serviceOf(options, events);
  try {
    await service.start();
    await expect.poll(() => events.filter(({ kind }) => kind === "delivered").length, { timeout: 20_000 }).toBe(count);
  } finally {
    await service.close();
  }
  return scene.arrived();
}

test("`from` names a folder", async () => {
  await scene.make("a.txt", "a");
  expect(await handsOn({ from: "from", commit: "rename" }, 1)).toEqual(["a.txt"]);
});

test("`from` names a pick-up of another package by its id, with options of its own", async () => {
  expect(await handsOn({ from: { use: "far-away/letters", letters: ["x", "y"] } }, 2)).toEqual(["x", "y"]);
});

test("options of the pick-up are its own: those for folders are refused beside it, and its own are checked", async () => {
  const from = { use: "far-away/letters", letters: ["x"] };
  for (const misplaced of [{ after: "delete" }, { settle: "1s" }, { units: "folders" }, { recursive: true }]) {
    const service = await serviceOf({ from, ...misplaced });
    await expect(service.start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_OPTIONS_INVALID",
      message: expect.stringContaining(`\`${Object.keys(misplaced)[0] ?? ""}\``),
    });
  }
  const incomplete = await serviceOf({ from: { use: "far-away/letters" } });
  await expect(incomplete.start()).rejects.toMatchObject({ code: "PLB_PLUGIN_OPTIONS_INVALID" });
});

test("sizes and durations are read as everywhere in a config", async () => {
  const given = { from: "from", to: "to", bandwidth: 1_000_000, archiveFor: "1d" };
  expect(await parsePluginOptions(handoff, given)).toMatchObject({ bandwidth: 1_000_000, archiveFor: 86_400_000 });
  expect(await parsePluginOptions(handoff, { ...given, bandwidth: "64mib" })).toMatchObject({ bandwidth: 2 ** 26 });
  for (const wrong of [{ settle: 500 }, { bandwidth: "fast" }, { bandwidth: "0B" }])
    await expect(parsePluginOptions(handoff, { ...given, ...wrong })).rejects.toThrow(Object.keys(wrong)[0] ?? "");
});

test("where the host says what folder they are of, the options of `from` and `to` are checked with the rest", async () => {
  const issuesOf = async (options: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const given = { from: "from", to: "to", ...options };
    return parsePluginOptions(handoff, given, context).then(
      () => [],
      ({ details }: { readonly details: Readonly<Record<string, unknown>> }) => details["issues"],
    );
  };
  expect(await issuesOf({ from: { use: "far-away/letters", letters: ["x"] } })).toEqual([]);
  for (const [options, path] of [
    [{ from: { use: "far-away/letters" } }, ["from", "letters"]],
    [{ from: { use: "far-away/letters", letters: ["x"] }, settle: "1s" }, ["settle"]],
    [{ from: { use: "./none.mjs" } }, ["from", "use"]],
    [{ from: "gopher://host/x" }, ["from"]],
    [{ to: { use: "directory", path: "to", pubish: "linear" } }, ["to", "pubish"]],
    [{ to: { use: "@plumbline/handoff-gopher" } }, ["to", "use"]],
    [{ units: "folders", after: "move" }, ["after"]],
  ] as const)
    expect(await issuesOf(options)).toMatchObject([{ path }]);
});

test("options that what is picked up does not read are refused, and not ignored", async () => {
  const forFiles = [
    { recursive: true },
    { commit: "marker" },
    { commitEnding: ".ok" },
    { require: "committed" },
    { settle: "1s" },
  ];
  const forArchives = [{ after: "move" }, { archive: "old" }, { archiveFor: "1d" }];
  for (const [units, all] of [
    ["journal", forFiles],
    ["folders", [...forFiles, ...forArchives]],
  ] as const) {
    for (const misplaced of all) {
      const service = await serviceOf({ from: "from", units, ...misplaced });
      await expect(service.start()).rejects.toMatchObject({
        code: "PLB_HANDOFF_OPTIONS_INVALID",
        message: `\`${Object.keys(misplaced)[0] ?? ""}\` is not for \`units: ${units}\`.`,
      });
      await service.close();
    }
  }
});

test("an archive within what is picked up is refused at the start", async () => {
  for (const options of [
    { from: "from", archive: "from" },
    { from: "from", recursive: true, archive: "from/old" },
    { from: "from/shop.jsonl", units: "journal", archive: "from" },
  ]) {
    const service = await serviceOf({ after: "move", ...options });
    await expect(service.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_OPTIONS_INVALID" });
    await service.close();
  }
});

test.each([
  ["a folder's", { from: "from" }, "from/.delivered"],
  ["a journal's", { from: "from/shop.jsonl", units: "journal" }, "from/.delivered"],
  ["the service's own journal's", { from: "journal" }, "from/.delivered"],
  ["one that is named", { from: "from/shop.jsonl", units: "journal", archive: "old" }, "old"],
] as const)("what has been in the archive for its time is removed: %s", async (_what, options, archive) => {
  const journal = { location: journalLocation(join(scene.from, "shop.jsonl")) } as unknown as Journal;
  const system = createSystemClock();
  const tomorrow: Clock = {
    nowMicros: () => system.nowMicros() + 86_400_000_000,
    monotonicMs: () => system.monotonicMs(),
    setTimer: (run, delayMs) => system.setTimer(run, delayMs),
  };
  context = { ...createTestContext({ clock: tomorrow, journal }), baseDir: scene.base };
  const folder = join(scene.base, archive);
  await mkdir(folder);
  await writeFile(join(folder, "old.gz"), "x");
  const service = await serviceOf({ after: "compress", archiveFor: "1h", ...options });
  await service.start();
  await expect.poll(() => readdir(folder)).toEqual([]);
  await service.close();
});

/**
 * It fails, waits for half a second at least, fails again, waits for a second at least, and works. Time goes on in small steps until that is so: the timer for its next
 * attempt is set only when it has closed what failed, whose own timers are there meanwhile.
 */
async function failsTwice(service: Service, { said }: TestContext, clock: FakeClock, failure: string): Promise<void> {
  const errors = (): number => said.filter(({ level }) => level === "error").length;
  await expect.poll(errors).toBe(1);
  expect(service.status?.()).toMatchObject({ failure });
  await expect.poll(() => clock.advance(100).then(errors)).toBe(2);
  expect(service.status?.()).toMatchObject({ failure });
  await expect.poll(() => clock.advance(100).then(() => service.status?.()["failure"])).toBeNull();
}

test("a hand-off that failed says so, and begins again by itself", async () => {
  const clock = createFakeClock();
  const test = createTestContext({ clock });
  context = { ...test, baseDir: scene.base };
  const service = await serviceOf({ from: { use: "far-away/flaky" } });
  await service.start();
  await failsTwice(service, test, clock, "EMFILE");
  await service.close();
});

test("a far side that is down when the service starts is waited for, and the start goes on without it", async () => {
  const clock = createFakeClock();
  const test = createTestContext({ clock });
  context = { ...test, baseDir: scene.base };
  const error = new RetryableError("down", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
  const service = await serviceOf({ from: "from", to: { use: "far-away/down", error } });
  await service.start();
  await failsTwice(service, test, clock, "ECONNREFUSED");
  await service.close();
});

test("a far side that says nothing holds up a start for a while only, and then no close", async () => {
  const clock = createFakeClock();
  context = { ...createTestContext({ clock }), baseDir: scene.base };
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let reached = (): void => undefined;
  const arrival = new Promise<void>((resolve) => (reached = resolve));
  const closed: string[] = [];
  const gate = { reached, opened, closed: () => closed.push("destination") };
  const service = await serviceOf({ from: "from", to: { use: "far-away/gated", gate } });
  const start = service.start();
  await arrival;
  await clock.advance(5000);
  await start;
  expect(service.status?.()).toMatchObject({
    destination: "unknown",
    failure: expect.stringContaining("not answered"),
  });
  await service.close();
  expect(closed).toEqual(["destination"]);
  expect(await readFile(join(scene.base, "state", "lock.1"), "utf8")).toBe("released");
  open();
  await setImmediate();
  expect(closed).toEqual(["destination"]);
});

test("what has begun says that its destination is up", async () => {
  const service = await serviceOf({ from: "from" });
  expect(service.status?.()).not.toMatchObject({ destination: "up" });
  await service.start();
  expect(service.status?.()).toMatchObject({ destination: "up", failure: null, delivered: 0 });
  await service.close();
});

test("a service that is closed while it starts takes nothing, and leaves nothing running", async () => {
  let reached = (): void => undefined;
  let open = (): void => undefined;
  const arrival = new Promise<void>((resolve) => (reached = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const closed: string[] = [];
  const gate = { reached, opened, closed: () => closed.push("destination") };
  const service = await serviceOf({
    from: { use: "far-away/letters", letters: ["x"] },
    to: { use: "far-away/gated", gate },
  });
  const start = service.start();
  const ending = Promise.resolve(start).catch((error: unknown) => error);
  await Promise.race([arrival, ending]);
  await service.close();
  open();
  expect(await ending).toMatchObject({ name: "AbortError" });
  expect(closed).toEqual(["destination"]);
  expect(await readFile(join(scene.base, "state", "lock.1"), "utf8")).toBe("released");
});

test("a pick-up that is not there is an error that says what to install; so is a package that has none", async () => {
  for (const from of ["gopher://host/x", { use: "@plumbline/handoff-gopher" }]) {
    await expect((await serviceOf({ from })).start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_OPTIONS_INVALID",
      message: expect.stringContaining("npm install @plumbline/handoff-gopher"),
    });
  }
  await expect((await serviceOf({ from: { use: "./none.mjs" } })).start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_OPTIONS_INVALID",
    message: expect.stringContaining("has no pickup"),
  });
});

test("a destination that is in trouble is told of when files begin to wait for it, with what it says", async () => {
  const warned: string[] = [];
  context = { ...context, diagnostics: { ...context.diagnostics, warn: (text: string) => void warned.push(text) } };
  const events: HandoffEvent[] = [];
  const service = await serviceOf({ from: "from", commit: "rename", poll: "20ms" }, events);
  await service.start();
  try {
    await rm(join(scene.to, ".plumbline-handoff", "staging"), { recursive: true });
    for (const name of ["a", "b", "c", "d", "e", "f"]) await scene.make(`${name}.txt`, name);
    // As many as open the breaker; where this is late, one more for each try that it lets through.
    const retries = (): number => events.filter(({ kind }) => kind === "retry").length;
    await expect.poll(retries, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
  } finally {
    await service.close();
  }
  expect(warned).toEqual([expect.stringContaining("waits for its destination (ENOENT): the staging folder is gone")]);
});
