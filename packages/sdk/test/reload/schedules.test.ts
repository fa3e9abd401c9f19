import { createRandom } from "@plumbline/testing";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, World } from "./world.ts";

const ROUNDS = Number(process.env["PLUMBLINE_RELOAD_ROUNDS"] ?? 4);
const RELOADS = Number(process.env["PLUMBLINE_RELOAD_EDITS"] ?? 30);
const SEED = Number(process.env["PLUMBLINE_RELOAD_SEED"] ?? Date.now() % 1_000_000);

type Random = () => number;

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** What a config asks for, so that what must become of each event can be told from it. */
interface Shape {
  readonly journal: "one" | "two" | "none";
  readonly journalMore: string;
  readonly mark: number;
  readonly sinks: readonly {
    readonly name: string;
    readonly holds: string | undefined;
    readonly mark: number;
    readonly fails: boolean;
  }[];
}

function shapeOf(random: Random, edit: number): Shape {
  const holds = ["tcp:1", "tcp:2", undefined].toSorted(() => random() - 0.5);
  const sinks = ["a", "b", "c"]
    .filter(() => random() < 0.8)
    .map((name, index) => ({
      name,
      holds: holds[index],
      mark: Math.floor(random() * 2),
      fails: edit > 0 && random() < 0.08,
    }));
  return {
    // A config with nothing in it takes no event.
    journal: sinks.length === 0 ? "one" : pick(random, ["one", "one", "two", "none"]),
    journalMore: pick(random, ["", ", rotate: { maxBytes: 4KiB }", ", durability: fsynced", ", flushInterval: 1ms"]),
    mark: edit,
    sinks,
  };
}

function yamlOf({ journal, journalMore, mark, sinks }: Shape): string {
  const lines = sinks.map(({ name, holds, mark: own, fails }) => {
    const more = `${holds === undefined ? "" : `, holds: "${holds}"`}${fails ? ", fails: true" : ""}`;
    return `  ${name}: { use: rec, mark: ${own}, batch: { maxDelay: 1ms }${more} }`;
  });
  return [
    "service: { name: shop }",
    `journal: ${journal === "none" ? "false" : `{ path: ./${journal}.jsonl${journalMore} }`}`,
    "dataDir: ./data",
    `processors: [{ use: tag, mark: ${mark} }]`,
    lines.length === 0 ? "sinks: {}" : `sinks:\n${lines.join("\n")}`,
  ].join("\n");
}

function journalNames(cwd: string, stem: string): readonly string[] {
  return readdirSync(cwd)
    .filter((name) => name.startsWith(`${stem}.`) && /\.(?:jsonl|sealing)$/.test(name))
    .flatMap((name) => readFileSync(join(cwd, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly name?: string }).name ?? "");
}

/** Whether nothing stands twice, and nothing is missing or too much. */
function expectSame(found: readonly string[], wanted: readonly string[], what: string): void {
  const own = found.filter((name) => !name.startsWith("plumbline."));
  expect(own.length, `${what}: repeated`).toBe(new Set(own).size);
  const missing = wanted.filter((name) => !own.includes(name));
  const foreign = own.filter((name) => !wanted.includes(name));
  expect({ missing, foreign }, what).toEqual({ missing: [], foreign: [] });
}

/**
 * Random configs, one after the other, while events are emitted before, during and after each reload. Every event carries the mark of the
 * config whose processor saw it; so it is known in which of the two it was, and where it must be then, and nowhere else.
 */
async function oneService(round: number): Promise<void> {
  const random = createRandom(SEED + round);
  const world = new World();
  const where = new Map<string, string>();
  // The processor tells which config an event was in.
  const shapes: Shape[] = [shapeOf(random, 0)];
  const first = shapes[0] as Shape;
  const { telemetry, cwd, edit } = await run(world, yamlOf(first));
  world.onTag = (name, mark) => void where.set(name, String(mark));
  world.onWrite = () => (random() < 0.3 ? new Promise((resolve) => setTimeout(resolve, random() * 2)) : undefined);
  let emitted = 0;
  const emit = (count: number): void => {
    for (let i = 0; i < count; i++) telemetry.emit(`r${round}.${emitted++}`);
  };
  let rejected = 0;
  for (let index = 1; index <= RELOADS; index++) {
    const shape = shapeOf(random, index);
    shapes.push(shape);
    emit(Math.floor(random() * 20));
    const edited = edit(yamlOf(shape)).then(
      () => undefined,
      () => (rejected += 1),
    );
    for (let turns = Math.floor(random() * 6); turns > 0; turns--) {
      emit(Math.floor(random() * 8));
      await (random() < 0.5 ? Promise.resolve() : new Promise(setImmediate));
    }
    await edited;
    emit(Math.floor(random() * 5));
  }
  await telemetry.flush();
  const report = telemetry.report();
  await telemetry.close();

  expect(world.violations).toEqual([]);
  expect(report.intake).toMatchObject({ emitted: emitted + rejected, accepted: emitted + rejected });
  const names = Array.from({ length: emitted }, (_, index) => `r${round}.${index}`);
  const inShape = (name: string): Shape => shapes[Number(where.get(name))] as Shape;
  for (const stem of ["one", "two"]) {
    expectSame(
      journalNames(cwd, stem),
      names.filter((name) => inShape(name).journal === stem),
      `round ${round}: journal ${stem}`,
    );
  }
  // Each event as often as its config has sinks; by a sink of that config, or by the one that took over what that sink held.
  const times = new Map<string, number>();
  for (const life of world.lives.filter(({ kind }) => kind === "sink")) {
    for (const name of life.lines.filter((each) => !each.startsWith("plumbline."))) {
      times.set(name, (times.get(name) ?? 0) + 1);
      const { sinks } = inShape(name);
      const isItsOwn = sinks.some(
        (each) => each.name === life.name || (each.holds !== undefined && each.holds === life.options.holds),
      );
      if (!isItsOwn) world.violations.push(`${name} went to ${life.name}`);
    }
  }
  expect(world.violations).toEqual([]);
  const wrong = names.filter((name) => (times.get(name) ?? 0) !== inShape(name).sinks.length);
  expect(wrong, `round ${round}: lost or repeated at sinks`).toEqual([]);
  for (const output of report.outputs) {
    const { name, accepted, adopted, delivered, inFlight, queued, filtered, dropped } = output;
    const settled = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    expect(accepted + adopted, `round ${round}: ${name}`).toBe(delivered + inFlight + queued + filtered + settled);
    expect({ name, dropped, queued, inFlight }).toEqual({ name, dropped: {}, queued: 0, inFlight: 0 });
  }
}

test(
  `schedules of ${ROUNDS} services with ${RELOADS} edits each: every event is where its config says, once (seed ${SEED})`,
  { timeout: 600_000 },
  async () => {
    // All at once: each waits for its disk and its timers most of the time.
    await Promise.all(Array.from({ length: ROUNDS }, (_, round) => oneService(round)));
  },
);
