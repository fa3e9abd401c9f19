import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startHost } from "../../src/start.ts";
import type { RunningSystem } from "../../src/system.ts";
import { readLines } from "../child.ts";
import { scratch } from "../scratch.ts";
import { World } from "./world.ts";

const LONG = { timeout: 20_000 };

interface Held {
  readonly system: RunningSystem;
  readonly cwd: string;
  readonly edit: (yaml: string) => Promise<unknown>;
  readonly said: () => string;
}

async function run(world: World, yaml: string): Promise<Held> {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  const cwd = scratch({ "plumbline.yaml": yaml });
  const system = await startHost({ cwd, env: {}, handleSignals: false, flushOnExit: false, plugins: world.plugins });
  onTestFinished(() => system.close({ timeoutMs: 2000 }));
  const edit = (next: string): Promise<unknown> => {
    writeFileSync(join(cwd, "plumbline.yaml"), next);
    return system.reload();
  };
  return { system, cwd, edit, said: () => write.mock.calls.map(([text]) => String(text)).join("") };
}

const journal = (keep: number, more = "", options = ""): string =>
  `service: { name: shop }\njournal: { path: ./logs/j.jsonl, ${options}rotate: { keep: ${keep} } }\n${more}`;

/** A service whose journal could not be opened again. */
async function runWithoutJournal(options = ""): Promise<Held> {
  const held = await run(new World(), journal(5, "", options));
  const { cwd, edit } = held;
  renameSync(join(cwd, "logs"), join(cwd, "away"));
  writeFileSync(join(cwd, "logs"), "");
  onTestFinished(() => rmSync(join(cwd, "logs"), { recursive: true, force: true }));
  await expect(edit(journal(6, "", options))).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  return held;
}

test("a service whose journal is away is closed at once; what waited for it is counted, and who waits is told", async () => {
  const { system } = await runWithoutJournal();
  const { pipeline } = system;
  pipeline.emit({ name: "a" });
  const settled = pipeline.emitAsync({ name: "b" }).catch((error: unknown) => error);
  // Past the test's own deadline.
  await system.close({ timeoutMs: 600_000 });
  expect(await settled).toMatchObject({
    code: "PLB_EVENT_DROPPED",
    details: { drops: [{ output: "journal", reason: "closed" }] },
  });
  const [account] = pipeline.report().outputs.filter(({ name }) => name === "journal");
  expect(account).toMatchObject({ queued: 0, inFlight: 0 });
  expect(account?.dropped["closed"]).toBeGreaterThanOrEqual(2);
});

test("at exit it is said how many lines were lost with a journal that is away", async () => {
  const { system, said } = await runWithoutJournal();
  const before = system.pipeline.report().outputs.find(({ name }) => name === "journal")?.queued ?? 0;
  system.pipeline.emit({ name: "a" });
  system.endNow();
  expect(said()).toContain("lines that waited for it are lost");
  expect(said()).toContain(`"lines":${before + 1}`);
});

test("at exit in the midst of a reload what waits goes into the journal that is open still", async () => {
  const world = new World();
  const { system, cwd, edit } = await run(world, journal(5, "sinks: { a: { use: rec, holds: x } }\n"));
  let go = (): void => undefined;
  const isGone = new Promise<void>((resolve) => (go = resolve));
  world.onWrite = () => isGone;
  system.pipeline.emit({ name: "before" });
  await expect.poll(() => world.of("a")[0]?.writing, LONG).toBe(1);
  const edited = edit(journal(6, "sinks: { a: { use: rec, holds: x, mark: 1 } }\n"));
  await expect
    .poll(() => {
      system.pipeline.emit({ name: "meanwhile" });
      return system.pipeline.report().outputs.find(({ name }) => name === "journal")?.queued;
    }, LONG)
    .toBeGreaterThan(2);
  const { emitted } = system.report().intake;
  system.endNow();
  await expect.poll(() => readFileSync(join(cwd, "logs/j.jsonl"), "utf8").split("\n").length - 1, LONG).toBe(emitted);
  go();
  await edited;
});

test("at exit in the midst of a reload what waits goes into the new journal where that is open already, and so does what comes after it", async () => {
  const world = new World();
  const { system, cwd, edit, said } = await run(world, journal(5, "sinks: { a: { use: rec, holds: x } }\n"));
  let begin = (): void => undefined;
  let isUnderWay = false;
  world.onStart = () => {
    isUnderWay = true;
    return new Promise((resolve) => (begin = resolve));
  };
  const edited = edit(journal(6, "sinks: { a: { use: rec, holds: x, mark: 1 } }\n"));
  await expect.poll(() => isUnderWay, LONG).toBe(true);
  system.pipeline.emit({ name: "meanwhile" });
  system.endNow();
  system.pipeline.emit({ name: "at exit" });
  const names = (): readonly unknown[] => readLines(join(cwd, "logs/j.jsonl")).map(({ name }) => name);
  await expect.poll(names, LONG).toEqual(["meanwhile", "at exit"]);
  expect(said()).not.toContain("are lost");
  begin();
  await edited;
});

test("what was lost while the journal could not be opened again is told with what kept it", async () => {
  const { system, cwd } = await runWithoutJournal("queue: { maxBytes: 2KiB }, ");
  for (let n = 0; n < 50; n++) system.pipeline.emit({ name: "meanwhile" });
  rmSync(join(cwd, "logs"));
  renameSync(join(cwd, "away"), join(cwd, "logs"));
  const causes = (): readonly unknown[] =>
    readLines(join(cwd, "logs/j.jsonl"))
      .filter(({ name }) => name === "plumbline.lines.dropped")
      .map(({ attributes }) => (attributes as Readonly<Record<string, unknown>>)["plumbline.dropped.cause"]);
  await expect.poll(causes, LONG).toEqual(["PLB_FILE_NOT_A_DIRECTORY"]);
});
