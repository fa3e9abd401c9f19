import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  definePlugin,
  RetryableError,
  type EventLine,
  type OutputReport,
  type Plugin,
  type Sink,
} from "@plumbline/core";
import { createMemorySink } from "@plumbline/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { start, type StartOptions, type Telemetry } from "../../src/index.ts";
import { scratch } from "../scratch.ts";
import { run, World } from "../reload/world.ts";

function pluginOf(sink: Sink, id = "far"): Plugin<"sink"> {
  return definePlugin({ id, kind: "sink", apiVersion: 1, create: () => sink });
}

async function begin(options: StartOptions & { readonly cwd: string }): Promise<Telemetry> {
  const telemetry = await start({
    env: {},
    handleSignals: false,
    flushOnExit: false,
    service: { name: "shop" },
    ...options,
  });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

const feeding = (sink: Sink, more: Record<string, unknown> = {}) => ({
  journal: { path: "shop.jsonl" },
  sinks: { far: { use: pluginOf(sink), delivery: "journal" as const, batch: { maxDelay: "0ms" }, ...more } },
});

function accountOf(telemetry: Telemetry, name: string): OutputReport {
  const found = telemetry.report().outputs.filter((output) => output.name === name);
  expect(found).toHaveLength(1);
  const [account] = found;
  if (account === undefined) throw new Error(`no account of ${name}`);
  const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
  const { accepted, adopted, delivered, inFlight, queued, filtered } = account;
  expect(accepted + adopted).toBe(delivered + inFlight + queued + filtered + dropped);
  return account;
}

const namesOf = (lines: readonly EventLine[]): (string | undefined)[] => lines.map(({ name }) => name);

describe("a sink with `delivery: journal`", () => {
  test("gets what stands in the journal, id and all; a flush waits for it, and its account is one of the report's", async () => {
    const cwd = scratch();
    const sink = createMemorySink();
    const telemetry = await begin({ cwd, ...feeding(sink, { minSeverity: "info", names: ["a.*"] }) });
    telemetry.emit("a.one");
    telemetry.emit("b.two");
    telemetry.emit("a.three", {}, { severity: "debug" });
    telemetry.emit("a.four");
    await telemetry.flush();
    const lines = sink.batches.flat();
    expect(namesOf(lines)).toEqual(["a.one", "a.four"]);
    const journal = readFileSync(join(cwd, "shop.jsonl"), "utf8").split("\n");
    for (const { line } of lines) expect(journal).toContain(line);
    expect(accountOf(telemetry, "far")).toMatchObject({ accepted: 3, delivered: 2, filtered: 1, queued: 0 });
    expect(telemetry.report().outputs.map(({ name }) => name)).toEqual(["journal", "far"]);
    expect(telemetry.report().services).toEqual([
      {
        path: "sinks.far",
        use: "far",
        status: expect.objectContaining({ delivery: "journal", queued: 0, deadLetters: 0 }),
      },
    ]);
    await telemetry.close();
    expect(sink.calls).toEqual(["start", "write", "flush", "flush", "close"]);
  });

  test("that is down loses nothing: the next run adopts what this one had left", async () => {
    const cwd = scratch();
    const down: Sink = { write: () => Promise.reject(new RetryableError("down")), close: () => undefined };
    const first = await begin({ cwd, ...feeding(down, { retry: { initial: "1ms", max: "5ms" } }) });
    for (let n = 0; n < 50; n++) first.emit("work");
    await expect(first.flush({ timeoutMs: 100 })).rejects.toMatchObject({
      code: "PLB_FLUSH_INCOMPLETE",
      details: { outputs: { far: "PLB_FLUSH_INCOMPLETE" } },
    });
    expect(accountOf(first, "far")).toMatchObject({ accepted: 50, delivered: 0 });
    await first.close();
    expect(accountOf(first, "far")).toMatchObject({ accepted: 50, queued: 50, inFlight: 0 });

    const sink = createMemorySink();
    const second = await begin({ cwd, ...feeding(sink) });
    second.emit("work");
    await second.flush();
    expect(sink.batches.flat()).toHaveLength(51);
    expect(accountOf(second, "far")).toMatchObject({ accepted: 1, adopted: 50, delivered: 51, redelivered: 0 });
  });

  test("of our own kind is fed so as well", async () => {
    const cwd = scratch();
    const telemetry = await begin({
      cwd,
      journal: { path: "shop.jsonl" },
      sinks: { copy: { use: "file", path: "copy.jsonl", delivery: "journal" } },
    });
    for (let n = 0; n < 5; n++) telemetry.emit("work");
    await telemetry.flush();
    const [journal, copy] = ["shop.jsonl", "copy.jsonl"].map((name) => readFileSync(join(cwd, name), "utf8"));
    expect(copy).toBe(journal);
    expect(readdirSync(cwd).filter((name) => name.includes("copy"))).toEqual(
      expect.arrayContaining(["shop.cursor-copy", "shop.hold-copy"]),
    );
  });

  test("that emits while it writes is refused: it would be fed by what it emits, without end", async () => {
    const cwd = scratch();
    const started: Telemetry[] = [];
    const lines: EventLine[] = [];
    const sink: Sink = {
      write: (batch) => {
        lines.push(...batch);
        for (const each of started) each.emit("again");
      },
      close: () => undefined,
    };
    const telemetry = await begin({ cwd, ...feeding(sink) });
    started.push(telemetry);
    telemetry.emit("once");
    await telemetry.flush();
    await telemetry.flush();
    expect(namesOf(lines)).toEqual(["once"]);
    expect(telemetry.report().intake.dropped).toEqual({ reentrant: 1 });
  });

  test("that refuses an event for good sets it aside, with the reason, redacted", async () => {
    const cwd = scratch();
    const secret = ["AKIA", "IOSFODNN7", "EXAMPLQ"].join("");
    const sink: Sink = {
      write: (batch) => {
        if (namesOf(batch).includes("poison")) throw new TypeError(`not this: ${secret}`);
      },
      close: () => undefined,
    };
    const telemetry = await begin({ cwd, ...feeding(sink) });
    for (const name of ["a", "poison", "b"]) telemetry.emit(name);
    await telemetry.flush();
    expect(accountOf(telemetry, "far")).toMatchObject({ delivered: 2, dropped: { TypeError: 1 } });
    const letters = readFileSync(join(cwd, "shop.dead-far"), "utf8");
    expect(JSON.parse(letters)).toMatchObject({ code: "TypeError", event: { name: "poison" } });
    expect(letters).not.toContain(secret);
  });

  test("counts what the journal itself has dropped", async () => {
    const cwd = scratch();
    const sink = createMemorySink();
    const telemetry = await begin({
      cwd,
      ...feeding(sink),
      journal: { path: "shop.jsonl", queue: { maxBytes: "4KiB", policy: "drop-newest" } },
    });
    for (let n = 0; n < 500; n++) telemetry.emit("work", { n });
    await telemetry.flush();
    // The record of the loss, which the journal adds when it has room again.
    await telemetry.flush();
    const account = accountOf(telemetry, "far");
    expect(account.dropped["overflow"]).toBeGreaterThan(0);
    expect(account.queued).toBe(0);
    expect(account.delivered).toBe(sink.batches.flat().length);
  });
});

describe("a config", () => {
  test.each([
    ["without a journal", { journal: false, sinks: { a: { use: "stdout", delivery: "journal" } } }, "sinks.a.delivery"],
    ["with a queue", { sinks: { a: { use: "stdout", delivery: "journal", queue: { maxCount: 5 } } } }, "sinks.a.queue"],
    ["with a backlog and direct", { sinks: { a: { use: "stdout", backlog: { begin: "now" } } } }, "sinks.a.backlog"],
  ] as const)("%s is refused, with the place", async (_, options, path) => {
    const problems = expect.objectContaining({
      problems: [expect.objectContaining({ code: "PLB_CONFIG_DELIVERY", path })],
    }) as unknown;
    await expect(begin({ ...(options as StartOptions), cwd: scratch() })).rejects.toMatchObject({
      code: "PLB_CONFIG_INVALID",
      details: problems,
    });
  });

  test("with another way than these two is refused", async () => {
    const options = { sinks: { a: { use: "stdout", delivery: "pigeon" } } } as unknown as StartOptions;
    await expect(begin({ ...options, cwd: scratch() })).rejects.toMatchObject({ code: "PLB_CONFIG_INVALID" });
  });
});

describe("a reload", () => {
  const yaml = (sinks: string, journal = "all.jsonl"): string =>
    `service: { name: shop }\njournal: { path: ./${journal} }\nsinks: ${sinks}\n`;

  test("of another sink leaves it alone; one of its own hands the cursor over: nothing lost, nothing twice", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, yaml("{ a: { use: rec, delivery: journal, mark: 1 } }"));
    for (let n = 0; n < 20; n++) telemetry.emit(`one.${n}`);
    await edit(yaml("{ a: { use: rec, delivery: journal, mark: 1 }, b: { use: rec } }"));
    for (let n = 0; n < 20; n++) telemetry.emit(`two.${n}`);
    await edit(yaml("{ a: { use: rec, delivery: journal, mark: 2 }, b: { use: rec } }"));
    for (let n = 0; n < 20; n++) telemetry.emit(`three.${n}`);
    await edit(yaml("{ a: { use: rec, delivery: journal, mark: 2, batch: { maxCount: 3 } }, b: { use: rec } }"));
    for (let n = 0; n < 20; n++) telemetry.emit(`four.${n}`);
    await telemetry.flush();
    const all = ["one", "two", "three", "four"].flatMap((name) => Array.from({ length: 20 }, (_, n) => `${name}.${n}`));
    const runs = world.of("a");
    expect(runs.flatMap(({ lines }) => lines).filter((name) => !name.startsWith("plumbline."))).toEqual(all);
    expect(runs).toHaveLength(3);
    const account = accountOf(telemetry, "a");
    expect(account).toMatchObject({ queued: 0, inFlight: 0, dropped: {} });
    expect(account.delivered).toBe(runs.flatMap(({ lines }) => lines).length);
    expect(world.violations).toEqual([]);
  });

  test("from direct to the journal and back, and to another journal, loses nothing", async () => {
    const world = new World();
    const { telemetry, edit } = await run(world, yaml("{ a: { use: rec } }"));
    telemetry.emit("one");
    await edit(yaml("{ a: { use: rec, delivery: journal } }"));
    telemetry.emit("two");
    await edit(yaml("{ a: { use: rec, delivery: journal } }", "other.jsonl"));
    telemetry.emit("three");
    await telemetry.flush();
    await edit(yaml("{ a: { use: rec } }", "other.jsonl"));
    telemetry.emit("four");
    await telemetry.flush();
    const names = world.of("a").flatMap(({ lines }) => lines);
    expect(names.toSorted()).toEqual(["four", "one", "three", "two"]);
    accountOf(telemetry, "a");
  });

  test("what a reader adopted stays counted when the sink is fed directly, and what waits then, too", async () => {
    const cwd = scratch();
    const refusing: Sink = { write: () => Promise.reject(new RetryableError("not now")), close: () => undefined };
    const before = await begin({ cwd, ...feeding(refusing) });
    await Promise.all(Array.from({ length: 10 }, (_, n) => before.emitAsync(`left.${n}`)));
    await before.close({ timeoutMs: 0 });

    const world = new World();
    const config = (delivery: string): string =>
      `service: { name: shop }\njournal: { path: ./shop.jsonl }\nsinks: { far: { use: rec, delivery: ${delivery} } }\n`;
    writeFileSync(join(cwd, "plumbline.yaml"), config("journal"));
    const telemetry = await begin({ cwd, plugins: world.plugins });
    await telemetry.flush();
    expect(accountOf(telemetry, "far")).toMatchObject({ adopted: 10, delivered: 10 });
    writeFileSync(join(cwd, "plumbline.yaml"), config("direct"));
    let go = (): void => undefined;
    const isBack = new Promise<void>((resolve) => (go = resolve));
    onTestFinished(() => go());
    world.onWrite = () => isBack;
    await telemetry.reload();
    for (let n = 0; n < 5; n++) telemetry.emit(`waits.${n}`);
    await expect.poll(() => world.of("far").at(-1)?.writing).toBe(1);
    telemetry.emit("waits too");
    const { adopted, inFlight, queued } = accountOf(telemetry, "far");
    expect([adopted, inFlight + queued]).toEqual([10, 6]);
    go();
  });
});
