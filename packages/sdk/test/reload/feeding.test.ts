import { createRandom } from "@plumbline/testing";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editUnderLoad } from "./edits-under-load.ts";
import { run, World } from "./world.ts";

const ROUNDS = Number(process.env["PLUMBLINE_RELOAD_ROUNDS"] ?? 1);
const RELOADS = Number(process.env["PLUMBLINE_RELOAD_EDITS"] ?? 25);
const SEED = Number(process.env["PLUMBLINE_RELOAD_SEED"] ?? Date.now() % 1_000_000);

/** How a config feeds a sink, if it has it. */
type Feeding = "direct" | "journal" | "none";

interface Shape {
  readonly journal: string;
  readonly feeding: ReadonlyMap<string, Feeding>;
  readonly isBad: boolean;
}

const NAMES = ["a", "b"];

function yamlOf({ journal, feeding, isBad }: Shape, mark: number): string {
  const sinks = [...feeding].flatMap(([name, how]) =>
    how === "none"
      ? []
      : [`  ${name}: { use: file, path: ./sink-${name}.jsonl${how === "journal" ? ", delivery: journal" : ""} }`],
  );
  return [
    "service: { name: shop }",
    "dataDir: ./data",
    `journal: { ${journal} }`,
    `processors: [{ use: tag, mark: ${mark} }]`,
    ["sinks:", ...sinks, ...(isBad ? ["  bad: { use: rec, fails: true }"] : []), "  rest: { use: rec }"].join("\n"),
  ].join("\n");
}

function eventsIn(cwd: string, stem: string): readonly number[] {
  return readdirSync(cwd)
    .filter((name) => name.startsWith(`${stem}.`) && /\.(?:jsonl|sealing)$/.test(name))
    .flatMap((name) => readFileSync(join(cwd, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly name?: string }).name ?? "")
    .map((name) => (name.startsWith("e") ? Number(name.slice(1)) : Number.NaN));
}

/** Brings a service through the shapes while it emits without a pause, and compares each sink's file with what the configs say. */
async function through(shapes: readonly Shape[], random: () => number): Promise<void> {
  const world = new World();
  const where = new Map<string, number>();
  world.onTag = (name, mark) => void where.set(name, Number(mark));
  const running = await run(world, yamlOf(shapes[0] as Shape, 0));
  const { telemetry, cwd } = running;
  let emitted = 0;
  const edits = shapes.map((shape, mark) => ({ yaml: yamlOf(shape, mark), isBad: shape.isBad })).slice(1);
  const report = await editUnderLoad(running, edits, () => telemetry.emit(`e${emitted++}`), random);

  for (const name of NAMES) {
    const wanted = Array.from({ length: emitted }, (_, event) => event).filter((event) => {
      return shapes[where.get(`e${event}`) ?? -1]?.feeding.get(name) !== "none";
    });
    const all = eventsIn(cwd, `sink-${name}`);
    // What the service says of a refused config is an event as well.
    const found = all.filter((event) => !Number.isNaN(event));
    const [has, wants] = [new Set(found), new Set(wanted)];
    expect({ name, repeated: found.length - has.size }).toEqual({ name, repeated: 0 });
    const missing = wanted.filter((event) => !has.has(event));
    const foreign = found.filter((event) => !wants.has(event));
    expect({ name, missing, foreign }).toEqual({ name, missing: [], foreign: [] });
    expect(found.toSorted((a, b) => a - b)).toEqual(found);
    const account = report.outputs.find((output) => output.name === name);
    if (account === undefined) continue;
    expect(account).toMatchObject({ dropped: {}, queued: 0, inFlight: 0, delivered: all.length });
    expect(account.accepted + account.adopted).toBe(account.delivered + account.filtered);
  }
}

const [SMALL, SMALLER, QUEUED, ELSEWHERE] = [
  "path: ./j.jsonl, rotate: { maxBytes: 64KiB }",
  "path: ./j.jsonl, rotate: { maxBytes: 16KiB }",
  "path: ./j.jsonl, rotate: { maxBytes: 64KiB }, queue: { maxBytes: 32MiB }",
  "path: ./k.jsonl, rotate: { maxBytes: 64KiB }",
] as const;

const shape = (journal: string, a: Feeding): Shape => ({
  journal,
  feeding: new Map([
    ["a", a],
    ["b", "none"],
  ]),
  isBad: false,
});

describe("how a sink is fed changes while events flow, and each event is in its file once", () => {
  const changes = [
    ["journal", "direct"],
    ["direct", "journal"],
    ["journal", "none"],
    ["none", "journal"],
    ["journal", "journal"],
  ] as const;
  const journals = [
    ["the journal stays", SMALL],
    ["the journal is opened anew", SMALLER],
    ["only its queue changes", QUEUED],
    ["the journal moves", ELSEWHERE],
  ] as const;
  test.each(changes.flatMap(([from, to]) => journals.map(([what, next]) => ({ from, to, what, next }))))(
    "from $from to $to, $what",
    async ({ from, to, next }) => {
      await through([shape(SMALL, from), shape(next, to)], createRandom(SEED));
    },
  );

  test("there and back between two journals", async () => {
    const shapes = [ELSEWHERE, SMALLER, ELSEWHERE, SMALL, ELSEWHERE].map((journal) => shape(journal, "journal"));
    await through(shapes, createRandom(SEED));
  });

  test("and what is refused leaves it as it was", async () => {
    const bad = (a: Feeding): Shape => ({ ...shape(SMALLER, a), isBad: true });
    const shapes = [shape(SMALL, "journal"), bad("direct"), bad("none"), shape(SMALL, "direct"), bad("journal")];
    await through(shapes, createRandom(SEED));
  });

  test(`in any order: ${ROUNDS} services, ${RELOADS} reloads each (seed ${SEED})`, { timeout: 600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = createRandom(SEED + round);
      const shapes = Array.from({ length: RELOADS + 1 }, (_, index): Shape => {
        const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
        const feeding = new Map(NAMES.map((name) => [name, pick<Feeding>(["direct", "journal", "journal", "none"])]));
        return {
          journal: pick([SMALL, SMALL, SMALLER, QUEUED, ELSEWHERE]),
          feeding,
          isBad: index > 0 && random() < 0.1,
        };
      });
      await through(shapes, createRandom(SEED + round + 1));
    }
  });
});
