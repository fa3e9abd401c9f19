import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentOf, EDIT_WAYS, type EditWay } from "./file-edits.ts";
import { writeVerdicts } from "./verdict-page.ts";
import { describeVerdict, ROUNDS, WatchOracle, type Verdict } from "./watch-oracle.ts";

/** More than an event can bring by accident after the content is settled, so that a second generation would be seen. */
const QUIET_MS = 150;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plumbline-watch-"));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function layOut({ layOut }: EditWay, first: string): Promise<string> {
  const folder = await mkdtemp(join(root, "fault-"));
  if (layOut !== undefined) return layOut(folder, first);
  const path = join(folder, "config");
  await writeFile(path, first);
  return path;
}

async function runRounds(way: EditWay, hints: "events" | "none", rounds: number): Promise<Verdict> {
  const first = contentOf(0);
  const path = await layOut(way, first);
  const oracle = new WatchOracle({ files: [path], hints, reconcileIntervalMs: hints === "none" ? 100 : 1000 });
  oracle.allow(first);
  await oracle.watcher.start();
  let before = first;
  for (let round = 1; round <= rounds; round++) {
    const content = contentOf(round);
    const left = way.leaves?.(content, before) ?? content;
    oracle.allow(left);
    await way.edit(path, content, (other) => oracle.allow(other));
    await oracle.checkpoint(left, performance.now());
    await oracle.quiet(left, QUIET_MS);
    before = left;
  }
  await oracle.watcher.close();
  return oracle.verdict;
}

describe.each(["events", "none"] as const)("with hints: %s, the last content comes once and whole", (hints) => {
  const verdicts: [name: string, verdict: Verdict][] = [];
  afterAll(() => {
    console.log(verdicts.map(([name, verdict]) => describeVerdict(`${hints}: ${name}`, verdict)).join("\n"));
    writeVerdicts(hints === "none" ? "polling" : "events", verdicts);
  });

  test.concurrent.each(EDIT_WAYS)("$name", { timeout: 20_000 + ROUNDS * 20_000 }, async (way) => {
    const verdict = await runRounds(way, hints, ROUNDS);
    verdicts.push([way.name, verdict]);
    expect(verdict).toMatchObject({ stale: 0, repeated: 0, torn: 0 });
    expect(verdict.latenciesMs).toHaveLength(ROUNDS);
  });
});

test("a file that is not there at the start comes with its first content", async () => {
  const path = join(root, "not/yet/config");
  const oracle = new WatchOracle({ files: [path] });
  oracle.allow("content");
  await oracle.watcher.start();
  expect(oracle.watcher.state()).toMatchObject({ status: "degraded", troubles: [{ code: "PLB_WATCH_MISSING", path }] });
  await mkdir(join(root, "not/yet"), { recursive: true });
  await writeFile(path, "content");
  await oracle.checkpoint("content", performance.now());
  expect(oracle.verdict).toMatchObject({ stale: 0, repeated: 0, torn: 0, generations: 1 });
  expect(oracle.watcher.state().status).toBe("ok");
  await oracle.watcher.close();
});
