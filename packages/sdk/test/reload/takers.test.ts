import type { OutputReport } from "@plumbline/core";
import { readdirSync } from "node:fs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createStandIn } from "../../src/reload/entry-places.ts";
import { run, World } from "./world.ts";

const range = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `e${n}`);

/** One edit, with an event before it, some while what comes is started, and one after it; gives what came to each place. */
async function over(before: string, after: string): Promise<Outcome> {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  const found = await overOne(before, after);
  return { ...found, said: write.mock.calls.map(([text]) => String(text)).join("") };
}

/** What one edit came to. */
interface Outcome {
  readonly places: ReadonlyMap<string, readonly string[]>;
  readonly emitted: number;
  readonly cursors: readonly string[];
  readonly accounts: ReadonlyMap<string, OutputReport>;
  /** On stderr. */
  readonly said: string;
}

async function overOne(before: string, after: string): Promise<Outcome> {
  const world = new World();
  const places = new Map<string, string[]>(["x", "y", "z"].map((place) => [place, []]));
  world.onWrite = ({ options }, batch) => {
    for (const place of options.holds?.split(" ") ?? []) places.get(place)?.push(...batch.map(({ name = "" }) => name));
  };
  const yaml = (sinks: string): string =>
    `service: { name: shop }\njournal: { path: ./j.jsonl }\nsinks: { ${sinks} }\n`;
  const { telemetry, edit, cwd } = await run(world, yaml(before));
  let emitted = 0;
  telemetry.emit(`e${emitted++}`);
  world.onStart = async () => {
    for (let rest = 3; rest > 0; rest--) {
      telemetry.emit(`e${emitted++}`);
      await new Promise(setImmediate);
    }
  };
  await edit(yaml(after));
  world.onStart = () => undefined;
  telemetry.emit(`e${emitted++}`);
  await telemetry.flush();
  const accounts = new Map(telemetry.report().outputs.map((output) => [output.name, output]));
  // By then what has ended is forgotten.
  await telemetry.close();
  expect(world.violations).toEqual([]);
  const cursors = readdirSync(cwd).filter((name) => name.startsWith("j.cursor-"));
  return { places, emitted, cursors, accounts, said: "" };
}

const reader = (name: string, holds: string): string => `${name}: { use: rec, holds: "${holds}", delivery: journal }`;
const direct = (name: string, holds: string): string => `${name}: { use: rec, holds: "${holds}" }`;

describe("each of several that take over what a reader held has every event once", () => {
  test.each([
    {
      what: "one is new, and one was there",
      before: [reader("a", "x z"), direct("b", "w")],
      after: [direct("c", "x"), direct("b", "z")],
    },
    {
      what: "both are new, and one has the reader's name",
      before: [reader("a", "x z")],
      after: [direct("a", "x"), direct("c", "z")],
    },
    {
      what: "one that was there takes what two readers held",
      before: [reader("a", "x"), reader("c", "z"), direct("b", "w")],
      after: [direct("b", "x z")],
    },
    {
      what: "another reader, and one that was there",
      before: [reader("a", "x z"), direct("b", "w")],
      after: [reader("c", "x"), direct("b", "z")],
    },
  ])("$what", async ({ before, after }) => {
    const { places, emitted, cursors, said } = await over(before.join(", "), after.join(", "));
    for (const place of ["x", "z"])
      expect({ place, events: places.get(place) }).toEqual({ place, events: range(emitted) });
    expect(said).not.toContain("PLB_FLUSH_INCOMPLETE");
    expect(cursors).not.toContain("j.cursor-a");
  });
});

describe("where not every one of them can be stood in for, the rest stays in the journal, counted, and that is said", () => {
  test.each([
    {
      what: "both were there",
      before: [reader("a", "x z"), direct("b", "w"), direct("c", "v")],
      after: [direct("b", "x"), direct("c", "z")],
      places: ["x", "z"],
    },
    {
      what: "the reader's name is one's, and the other was there",
      before: [reader("a", "x z"), direct("b", "w")],
      after: [direct("a", "x"), direct("b", "z")],
      places: ["x", "z"],
    },
    {
      what: "beside another reader, which has all",
      before: [reader("a", "x y z"), direct("b", "w"), direct("c", "v")],
      after: [reader("d", "y"), direct("b", "x"), direct("c", "z")],
      places: ["x", "z"],
      whole: "y",
    },
  ])("$what", async ({ before, after, places: missed, whole }) => {
    const { places, emitted, cursors, accounts, said } = await over(before.join(", "), after.join(", "));
    for (const place of missed) expect(places.get(place)).toEqual(["e0", `e${emitted - 1}`]);
    if (whole !== undefined) expect(places.get(whole)).toEqual(range(emitted));
    expect(said).toContain("sinks.a had not delivered everything");
    expect(said).toContain(`"queued":${emitted - 2}`);
    expect(cursors).toContain("j.cursor-a");
    expect(accounts.get("a")?.queued).toBe(emitted - 2);
  });
});

test("what stands in for a sink is fed as that is", () => {
  const sink = { signals: ["metrics"], concurrency: 4, feed: { maxBatchCount: 7 }, exclusive: ["file:x"] } as const;
  const write = (): void => undefined;
  const standIn = createStandIn({ ...sink, write, close: write }, ["tcp:1"]);
  expect(standIn).toMatchObject({ ...sink, exclusive: ["tcp:1"] });
  expect(Object.hasOwn(createStandIn({ write, close: write }, []), "signals")).toBe(false);
});
