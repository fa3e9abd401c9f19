import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SidecarOptions, TellOptions } from "../../src/reload/sidecar-options.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { startTarget, type ProgrammedTarget } from "./programmed-target.ts";
import { sidecarRig } from "./sidecar-rig.ts";

// The seven scenarios by which Thanos checks `pkg/reloader`, the two that it skips as flaky included, with their exact counts of reloads. What they do
// is described in the project's own words; each step is awaited by what it brings about, so that no count depends on time.

function tellBy({ url }: ProgrammedTarget): TellOptions {
  return { kind: "http", http: { url, timeoutMs: 30_000 } };
}

/** Two folders in one: what is given to the sidecar, and what is not. */
function folders(...names: readonly string[]): (path: string) => string {
  const root = temporaryFolder();
  for (const name of names) mkdirSync(join(root, name), { recursive: true });
  return (path) => join(root, path);
}

/** As an editor or a config map does: whole, and under a new inode. */
function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

describe("1. a config file", () => {
  async function scene(options: Partial<SidecarOptions>, env: Record<string, string>) {
    const at = folders("in", "out");
    const target = await startTarget();
    const configFile = { input: at("in/config"), output: at("out/config") };
    const rig = sidecarRig({ configFile, tell: tellBy(target), ...options }, { env });
    return { at, target, rig };
  }

  test("that is not there is waited for, and nobody is told", async () => {
    const { target, rig } = await scene({}, {});
    expect(await rig.sidecar.start()).toMatchObject({ kind: "nothing" });
    expect((await rig.sidecar.health()).isGood).toBe(false);
    expect(target.answered).toEqual([]);
  });

  test("with two variables that are not set is refused, by the name of the first", async () => {
    const { at, target, rig } = await scene({}, {});
    writeFileSync(at("in/config"), "a: $(ONE)\nb: $(TWO)\n");
    const outcome = await rig.sidecar.start();
    expect(outcome).toMatchObject({ kind: "failed", isFinal: true, failure: { code: "PLB_CLI_RELOAD_UNSET" } });
    expect(outcome.kind === "failed" && outcome.failure.message).toContain("ONE");
    expect(target.answered).toEqual([]);
    expect(rig.sidecar.metrics()).toContain("\nreloader_config_environment_variable_expansion_errors 2\n");
  });

  test("tolerated with one set: its text is kept, and the gauge is 1", async () => {
    const { at, target, rig } = await scene({ toleratesUnset: true }, { ONE: "1" });
    writeFileSync(at("in/config"), "a: $(ONE)\nb: $(TWO)\n");
    await rig.sidecar.start();
    expect(readFileSync(at("out/config"), "utf8")).toBe("a: 1\nb: $(TWO)\n");
    expect(rig.sidecar.metrics()).toContain("\nreloader_config_environment_variable_expansion_errors 1\n");
    expect(target.reloads()).toBe(1);
  });

  test("with both set: one reload; overwritten: the second, after one 503; a change of mode is none, and the output keeps its own", async () => {
    const { at, target, rig } = await scene({}, { ONE: "1", TWO: "2" });
    target.answer((count) => (count % 2 === 0 ? 503 : 200));
    writeFileSync(at("in/config"), "a: $(ONE)\nb: $(TWO)\n");
    await rig.sidecar.start();
    expect(target.reloads()).toBe(1);
    expect(readFileSync(at("out/config"), "utf8")).toBe("a: 1\nb: 2\n");

    chmodSync(at("out/config"), 0o604);
    writeFileSync(at("in/config"), "changed: $(ONE)\n");
    const applied = rig.until(({ kind }) => kind === "applied");
    await rig.sidecar.reload();
    await applied;
    expect(target.answered).toEqual([200, 503, 200]);
    expect(readFileSync(at("out/config"), "utf8")).toBe("changed: 1\n");

    chmodSync(at("in/config"), 0o600);
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "unchanged" });
    expect(target.answered).toEqual([200, 503, 200]);
    expect(statSync(at("out/config")).mode & 0o777).toBe(0o604);
  });
});

test("2. a config that the target refuses, and the one before it again: the refused one counts for nothing, and the output is the good one", async () => {
  const at = folders("in", "out");
  const target = await startTarget();
  const output = at("out/config");
  target.answer(() => (readFileSync(output, "utf8") === "faulty" ? 503 : 200));
  const rig = sidecarRig({ configFile: { input: at("in/config"), output }, tell: tellBy(target) });
  writeFileSync(at("in/config"), "good");
  await rig.sidecar.start();
  expect(target.reloads()).toBe(1);

  replace(at("in/config"), "faulty");
  const again = rig.until((event) => event.kind === "failed" && event.failure.attempt === 3);
  expect(await rig.sidecar.reload()).toMatchObject({ kind: "failed" });
  await again;
  expect(target.reloads()).toBe(1);

  replace(at("in/config"), "good");
  expect(await rig.sidecar.reload()).toMatchObject({ kind: "applied" });
  expect(target.reloads()).toBe(2);
  expect(readFileSync(output, "utf8")).toBe("good");
});

/** The steps that the two scenarios with many files have in common, up to the last. `look` resolves when the step has come to what it comes to. */
async function editMany(at: (path: string) => string, look: () => Promise<unknown>): Promise<void> {
  await look();
  replace(at("rules/rule1"), "one, changed");
  await look();
  writeFileSync(at("elsewhere/rule3-001"), "three");
  symlinkSync(at("elsewhere/rule3-001"), at("elsewhere/rule3"));
  renameSync(at("elsewhere/rule3"), at("rules/rule3"));
  await look();
  replace(at("elsewhere/rule3-001"), "three, changed");
  writeFileSync(at("elsewhere/rule3-002"), "three, anew");
  symlinkSync(at("elsewhere/rule3-002"), at("elsewhere/rule3"));
  renameSync(at("elsewhere/rule3"), at("rules/rule3"));
  unlinkSync(at("elsewhere/rule3-001"));
  await look();
  replace(at("rules/below/rule4"), "four, changed");
  await look();
}

function manyFiles(): (path: string) => string {
  const at = folders("rules/below", "elsewhere", "out");
  writeFileSync(at("rules/rule1"), "one");
  writeFileSync(at("rules/below/rule4"), "four");
  writeFileSync(at("rules/rule2"), "two");
  return at;
}

test("3. a directory with an output directory: four reloads; what lies below it counts for nothing", async () => {
  const at = manyFiles();
  const target = await startTarget();
  const rig = sidecarRig({ directories: [{ input: at("rules"), output: at("out") }], tell: tellBy(target) });
  await rig.sidecar.start();
  const counts: number[] = [];
  await editMany(at, async () => {
    await rig.sidecar.reload();
    counts.push(target.answered.length);
  });
  expect(counts).toEqual([1, 2, 3, 4, 4]);
  expect(readFileSync(at("out/rule1"), "utf8")).toBe("one, changed");
  expect(readFileSync(at("out/rule3"), "utf8")).toBe("three, anew");
});

test("5. watched directories: five reloads, the one below counts when it is watched too", async () => {
  const at = manyFiles();
  const target = await startTarget();
  const rig = sidecarRig({ watchedDirectories: [at("rules"), at("rules/below")], tell: tellBy(target) });
  await rig.sidecar.start();
  const counts: number[] = [];
  await editMany(at, async () => {
    await rig.sidecar.reload();
    counts.push(target.answered.length);
  });
  expect(counts).toEqual([1, 2, 3, 4, 5]);
});

describe.each(["with an output directory", "that is watched"])("%s", (kind) => {
  const number = kind === "that is watched" ? 6 : 4;

  test(`${number}. a link whose source lies outside of every watched directory, and is written in place: exactly two reloads`, async () => {
    const at = folders("rules", "elsewhere", "out");
    const target = await startTarget();
    const options =
      number === 4
        ? { directories: [{ input: at("rules"), output: at("out") }] }
        : { watchedDirectories: [at("rules")] };
    writeFileSync(at("elsewhere/source"), "before");
    symlinkSync(at("elsewhere/source"), at("elsewhere/link"));
    renameSync(at("elsewhere/link"), at("rules/rule"));
    const rig = sidecarRig({ ...options, tell: tellBy(target) });
    await rig.sidecar.start();
    expect(target.answered).toEqual([200]);
    // No event of the watched directory tells of it: the interval finds it, as this look does.
    writeFileSync(at("elsewhere/source"), "after");
    await rig.sidecar.reload();
    expect(target.answered).toEqual([200, 200]);
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "unchanged" });
    expect(target.answered).toEqual([200, 200]);
  });
});
