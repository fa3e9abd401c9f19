import { createRandom } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { run, type Running, World } from "./world.ts";

const ROUNDS = Number(process.env["PLUMBLINE_RELOAD_ROUNDS"] ?? 2);
const RELOADS = Number(process.env["PLUMBLINE_RELOAD_EDITS"] ?? 25);
const SEED = Number(process.env["PLUMBLINE_RELOAD_SEED"] ?? Date.now() % 1_000_000);

const PLACES = ["x", "z"] as const;
const NAMES = ["a", "b", "c"] as const;
const JOURNALS = [
  "{ path: ./j.jsonl }",
  "{ path: ./j.jsonl, rotate: { maxBytes: 16KiB } }",
  "{ path: ./j.jsonl, queue: { maxBytes: 2MiB } }",
  "{ path: ./k.jsonl }",
  "false",
] as const;
const [J, , , K, NONE] = JOURNALS;

/** A sink of a config: what it holds exclusively, and writes to. */
interface Holder {
  readonly holds: readonly string[];
  readonly delivery: "direct" | "journal";
  /** Another instance where this changes. */
  readonly mark?: number;
  /** Whether the far side is away. */
  readonly isAway?: boolean;
  /** Whether it takes errors alone. */
  readonly isPicky?: boolean;
}

interface Shape {
  readonly journal: string;
  readonly sinks: Readonly<Record<string, Holder>>;
  readonly isBad?: boolean;
}

function yamlOf({ journal, sinks, isBad = false }: Shape, mark: number): string {
  const lines = Object.entries(sinks).map(
    ([name, { holds, delivery, mark: own = 0, isAway = false, isPicky = false }]) => {
      const more = `${delivery === "journal" ? ", delivery: journal" : ""}${isAway ? ", refuses: true" : ""}${isPicky ? ", minSeverity: error" : ""}`;
      return `  ${name}: { use: rec, mark: ${own}, holds: "${holds.join(" ")}", batch: { maxCount: 8, maxDelay: 0ms }${more} }`;
    },
  );
  return [
    "service: { name: shop }",
    `journal: ${journal}`,
    `processors: [{ use: tag, mark: ${mark} }]`,
    ["sinks:", ...lines, ...(isBad ? ["  bad: { use: rec, fails: true }"] : []), "  rest: { use: rec }"].join("\n"),
  ].join("\n");
}

const isError = (event: number): boolean => event % 3 === 0;

/** Brings a service through the shapes while it emits without a pause, and compares what came to each place with what the configs say. */
async function through(shapes: readonly Shape[], random: () => number): Promise<void> {
  const world = new World();
  const where = new Map<string, number>();
  const places = new Map<string, string[]>(PLACES.map((place) => [place, []]));
  world.onTag = (name, mark) => void where.set(name, Number(mark));
  world.onWrite = ({ options }, batch) => {
    for (const place of options.holds?.split(" ") ?? []) places.get(place)?.push(...batch.map(({ name = "" }) => name));
  };
  let emitted = 0;
  const begun: { telemetry?: Running["telemetry"] } = {};
  const emit = (): void => {
    const event = emitted++;
    begun.telemetry?.emit(`e${event}`, {}, { severity: isError(event) ? "error" : "info" });
  };
  // Whoever takes a place over takes its time.
  world.onStart = async ({ options }) => {
    for (let turns = options.holds === undefined ? 0 : random() * 3; turns > 0; turns--) {
      emit();
      await new Promise(setImmediate);
    }
  };
  const running = await run(world, yamlOf(shapes[0] as Shape, 0));
  const { telemetry } = running;
  begun.telemetry = telemetry;
  const end = new AbortController();
  const load = (async () => {
    while (!end.signal.aborted) {
      for (let rest = 1 + Math.floor(random() * 12); rest > 0; rest--) emit();
      await (random() < 0.5 ? new Promise((resolve) => setTimeout(resolve, 1)) : new Promise(setImmediate));
    }
  })();
  for (const [mark, shape] of shapes.entries()) {
    if (mark === 0) continue;
    const edited = running.edit(yamlOf(shape, mark));
    if (shape.isBad === true) await expect(edited).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    else await edited;
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 10));
  }
  end.abort();
  await load;
  await telemetry.flush();
  const report = telemetry.report();
  await telemetry.close();

  expect(world.violations).toEqual([]);
  for (const place of PLACES) {
    const wanted = Array.from({ length: emitted }, (_, event) => event).filter((event) => {
      const sinks = Object.values(shapes[where.get(`e${event}`) ?? -1]?.sinks ?? {});
      return sinks.some(({ holds, isPicky }) => holds.includes(place) && (isPicky !== true || isError(event)));
    });
    // What the service says of a refused config is an event as well.
    const found = (places.get(place) ?? []).flatMap((name) => (name.startsWith("e") ? [Number(name.slice(1))] : []));
    const [has, wants] = [new Set(found), new Set(wanted)];
    const missing = wanted.filter((event) => !has.has(event));
    const foreign = found.filter((event) => !wants.has(event));
    expect({ place, missing }).toEqual({ place, missing: [] });
    // Who holds two places brings both of them what it takes over at either.
    if (shapes.some(({ sinks }) => Object.values(sinks).some(({ holds }) => holds.length > 1))) continue;
    expect({ place, foreign, twice: found.length - has.size }).toEqual({ place, foreign: [], twice: 0 });
    expect(found).toEqual(found.toSorted((a, b) => a - b));
  }
  for (const { name, accepted, adopted, delivered, filtered, ...rest } of report.outputs) {
    expect({ name, ...rest }).toMatchObject({ dropped: {}, queued: 0, inFlight: 0 });
    expect({ name, sum: accepted + adopted }).toEqual({ name, sum: delivered + filtered });
  }
}

const direct = (holds: string, more: Partial<Holder> = {}): Holder => ({
  holds: holds.split(" "),
  delivery: "direct",
  ...more,
});
const reader = (holds: string, more: Partial<Holder> = {}): Holder => ({ ...direct(holds, more), delivery: "journal" });

describe("who holds a place changes while events flow, and each event comes to it once, in order", () => {
  test.each<{ what: string; shapes: readonly Shape[] }>([
    {
      what: "two readers go, and one that is fed directly takes what both held",
      shapes: [
        { journal: J, sinks: { a: reader("x"), b: reader("z") } },
        { journal: J, sinks: { c: direct("x z") } },
      ],
    },
    {
      what: "one that there is already takes what a reader held",
      shapes: [
        { journal: J, sinks: { a: reader("x"), b: direct("z") } },
        { journal: J, sinks: { b: direct("x") } },
      ],
    },
    {
      what: "one that there is already takes what a reader held, and like that errors alone",
      shapes: [
        { journal: J, sinks: { a: reader("x", { isPicky: true }), b: direct("z") } },
        { journal: J, sinks: { b: direct("x", { isPicky: true }) } },
      ],
    },
    {
      what: "readers and others change places",
      shapes: [
        { journal: J, sinks: { a: reader("x"), b: direct("z") } },
        { journal: J, sinks: { a: direct("z"), b: direct("x") } },
        { journal: J, sinks: { a: reader("x"), c: reader("z") } },
        { journal: J, sinks: { b: direct("z"), c: direct("x") } },
        { journal: J, sinks: { a: reader("z"), b: reader("x") } },
      ],
    },
    {
      what: "one takes all",
      shapes: [
        { journal: J, sinks: { a: reader("x"), b: direct("z") } },
        { journal: J, sinks: { c: reader("x z") } },
        { journal: J, sinks: { b: direct("z x") } },
      ],
    },
    {
      what: "the journal ends with its reader",
      shapes: [
        { journal: J, sinks: { a: reader("x") } },
        { journal: NONE, sinks: { a: direct("x") } },
      ],
    },
    {
      what: "the journal begins with its reader",
      shapes: [
        { journal: NONE, sinks: { a: direct("x") } },
        { journal: J, sinks: { a: reader("x", { mark: 1 }) } },
      ],
    },
    {
      what: "a far side that was away is a reader's when it is back, and what waited is in no journal, or in another",
      shapes: [
        { journal: NONE, sinks: { a: direct("x", { isAway: true }) } },
        { journal: J, sinks: { a: direct("x", { isAway: true }) } },
        { journal: K, sinks: { a: direct("x", { isAway: true, mark: 1 }) } },
        { journal: K, sinks: { b: reader("x") } },
      ],
    },
  ])("$what", async ({ shapes }) => {
    await through(shapes, createRandom(SEED));
  });

  test("what nobody takes over stays in the journal, counted, until the reader is back", async () => {
    const world = new World();
    let emitted = 0;
    const begun: { telemetry?: Running["telemetry"] } = {};
    world.onStart = async ({ kind }) => {
      if (kind !== "service") return;
      for (let turns = 0; turns < 5; turns++) {
        begun.telemetry?.emit(`e${emitted++}`);
        await new Promise(setImmediate);
      }
    };
    const yaml = (rest: string): string => `service: { name: shop }\njournal: ${J}\n${rest}\n`;
    const withReader = yaml('sinks: { a: { use: rec, holds: "x", delivery: journal } }');
    const running = await run(world, withReader);
    const { telemetry } = running;
    begun.telemetry = telemetry;
    telemetry.emit(`e${emitted++}`);
    await running.edit(yaml('services: { s: { use: serve, holds: "x" } }'));
    const account = (): unknown => running.telemetry.report().outputs.find(({ name }) => name === "a");
    expect(account()).toMatchObject({ accepted: 6, delivered: 1, queued: 5, dropped: {} });
    telemetry.emit(`e${emitted++}`);
    await running.edit(withReader);
    telemetry.emit(`e${emitted++}`);
    await telemetry.flush();
    const names = world.of("a").flatMap(({ lines }) => lines);
    expect(names).toEqual(Array.from({ length: emitted }, (_, event) => `e${event}`));
    expect(account()).toMatchObject({ delivered: emitted, queued: 0, dropped: {} });
  });

  test(`in any order: ${ROUNDS} services, ${RELOADS} reloads each (seed ${SEED})`, { timeout: 600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await through(shapesOf(createRandom(SEED + round)), createRandom(SEED + round + 1));
    }
  });
});

function shapesOf(random: () => number): readonly Shape[] {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const shapes: Shape[] = [{ journal: J, sinks: { a: reader("x") } }];
  let before = shapes[0] as Shape;
  while (shapes.length <= RELOADS) {
    const journal = random() < 0.5 ? before.journal : pick(JOURNALS);
    const names = NAMES.toSorted(() => random() - 0.5);
    const sinks: Record<string, Holder> = {};
    const isLast = shapes.length === RELOADS;
    for (const holds of PLACES.map((place) => [place])) {
      const name = names.pop() ?? "";
      if (random() < 0.25) continue;
      const delivery = journal === NONE || random() < 0.4 ? "direct" : "journal";
      sinks[name] = { holds, delivery, mark: Math.floor(random() * 2) };
    }
    const shape = { journal, sinks, isBad: !isLast && random() < 0.1 };
    if (!isAllowed(before, shape)) continue;
    shapes.push(shape);
    if (!shape.isBad) before = shape;
  }
  return shapes;
}

function isAllowed(before: Shape, after: Shape): boolean {
  return Object.entries(after.sinks).every(([name, { delivery, holds, mark }]) => {
    const old = before.sinks[name];
    if (old?.delivery !== "journal" || delivery !== "journal") return true;
    // One that stays a reader brings what it has not delivered to wherever it writes now: then it is not for a place to have each event.
    return old.holds.join(" ") === holds.join(" ") && old.mark === mark;
  });
}
