import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUNDS } from "./watch-oracle.ts";

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, "rig-child.mjs");
const rounds = ROUNDS + 3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-rig-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly last: string;
  readonly seen: number;
  readonly healths: readonly { status: string; mode: string; codes: string[]; atMs: number }[];
  readonly status: string;
  readonly mode: string;
  readonly latenciesMs: readonly number[];
}

/** Whether the kernel lets this user make what the rig needs; what it does not is named. */
function canRun(what: string, flags: string, script: string): boolean {
  const isPossible = spawnSync("unshare", [flags, "bash", "-c", script]).status === 0;
  if (!isPossible) console.warn(`skipped: ${what}: this kernel or user may not make it`);
  return isPossible;
}

async function runRig(flags: string, setUp: string, watched: string, edited: string): Promise<Report> {
  const script = `${setUp} && exec "$0" "$@"`;
  const child = [process.execPath, CHILD, watched, edited, String(rounds)];
  const { stdout } = await run("unshare", [flags, "bash", "-c", script, ...child], { timeout: 25_000 * rounds });
  return JSON.parse(stdout) as Report;
}

const NO_WATCHES = "echo 0 > /proc/sys/user/max_inotify_watches";
const FEW_INSTANCES = "echo 0 > /proc/sys/user/max_inotify_instances";

describe.each([
  ["the watch limit used up", NO_WATCHES],
  ["the instance limit used up", FEW_INSTANCES],
])("with %s", { concurrent: true }, (what, setUp) => {
  test.runIf(canRun(what, "-Ur", setUp))(
    "it polls at once, says so before the start has ended, and misses nothing",
    async () => {
      const path = join(await mkdtemp(join(folder, "limit-")), "config");
      await writeFile(path, "round 0");
      const { last, seen, healths, status, mode, latenciesMs } = await runRig("-Ur", setUp, path, path);
      expect({ last, seen }).toEqual({ last: `round ${rounds}`, seen: rounds + 1 });
      expect(healths[0]).toMatchObject({
        status: "degraded",
        mode: "polling",
        codes: expect.arrayContaining(["PLB_WATCH_EVENTS_FAILED"]),
      });
      expect({ status, mode }).toEqual({ status: "degraded", mode: "polling" });
      console.log(
        `${what}: said after ${healths[0]?.atMs.toFixed(0)} ms; latencies ${latenciesMs.map((ms) => ms.toFixed(0)).join(" ")} ms`,
      );
    },
  );
});

const overlay = (at: string): string =>
  `mount -t overlay overlay -o lowerdir=${at}/lower,upperdir=${at}/upper,workdir=${at}/work ${at}/merged`;

describe(
  "on a file system without events (the lower layer of an overlay, edited in place)",
  { concurrent: true },
  () => {
    const probe = "d=$(mktemp -d) && mkdir $d/lower $d/upper $d/work $d/merged && " + overlay("$d");
    test.runIf(canRun("an overlay", "-Urm", probe))(
      "changes are found by the interval, and after three it says that it polls",
      async () => {
        for (const part of ["lower", "upper", "work", "merged"]) await mkdir(join(folder, part));
        await writeFile(join(folder, "lower/config"), "round 0");
        const report = await runRig(
          "-Urm",
          overlay(folder),
          join(folder, "merged/config"),
          join(folder, "lower/config"),
        );
        expect(report).toMatchObject({
          last: `round ${rounds}`,
          seen: rounds + 1,
          mode: "polling",
          status: "degraded",
        });
        expect(report.healths.at(-1)?.codes).toEqual(["PLB_WATCH_EVENTS_MISSING"]);
        console.log(`without events: latencies ${report.latenciesMs.map((ms) => ms.toFixed(0)).join(" ")} ms`);
      },
    );
  },
);
