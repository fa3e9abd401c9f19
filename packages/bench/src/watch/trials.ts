import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createHttpTrigger, createReloader, watchFiles } from "@plumbline/watch";
import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { median } from "../frame/statistics.ts";

export const TRIALS = "trials";
const WATCHED_FILES = 20;
export const IDLE: string = `idle with ${WATCHED_FILES} files`;

const run = promisify(execFile);

/** Edits without a rest: the longest time in which none of them was applied. */
async function continuousEdits({ directory, scale }: Scratch): Promise<Outcome> {
  const path = join(directory, "config");
  writeFileSync(path, "0");
  const appliedMs: number[] = [];
  const reloader = createReloader<string>({
    files: [path],
    metrics: false,
    load: ({ content }) => content.toString(),
    apply: () => void appliedMs.push(performance.now()),
  });
  await reloader.start();
  const endMs = performance.now() + Math.max(1500, 3000 * scale);
  for (let edit = 1; performance.now() < endMs; edit++) {
    writeFileSync(path, String(edit));
    await sleep(10);
  }
  await reloader.close();
  const gaps = [...appliedMs, performance.now()].map((atMs, index) => atMs - (appliedMs[index - 1] ?? atMs));
  return { figures: { longestGapMs: Math.max(...gaps), applied: appliedMs.length } };
}

/** From the end of the edit that corrects a config to its application, while the target hangs, or while the next attempt is waited for. */
function correction(answersFirst: boolean) {
  return async ({ directory, scale }: Scratch): Promise<Outcome> => {
    const path = join(directory, "config");
    let isBad = false;
    const server = createServer((_request, response) => {
      if (!isBad) response.end();
      else if (answersFirst) response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const trigger = createHttpTrigger({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const latenciesMs: number[] = [];
    writeFileSync(path, "good 0");
    const reloader = createReloader<string>({
      files: [path],
      metrics: false,
      rate: { burst: 1_000_000 },
      retry: { initialMs: 60_000, maxMs: 60_000 },
      load: ({ content }) => content.toString(),
      apply: (_config, { signal }) => trigger.fire(signal),
    });
    await reloader.start();
    for (let round = 1; round <= Math.max(1, Math.round(5 * scale)); round++) {
      isBad = true;
      writeFileSync(path, `bad ${round}`);
      await until(() => (answersFirst ? reloader.status().phase.kind === "retrying" : isApplying(reloader.status())));
      isBad = false;
      writeFileSync(path, `good ${round}`);
      const editedMs = performance.now();
      await until(() => reloader.config === `good ${round}`);
      latenciesMs.push(performance.now() - editedMs);
    }
    await reloader.close();
    server.closeAllConnections();
    server.close();
    return { figures: { worstMs: Math.max(...latenciesMs) } };
  };
}

function isApplying({ phase, seen }: { phase: { kind: string }; seen: number }): boolean {
  return phase.kind === "apply" && seen > 1;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1);
}

/** What a watch of 20 files costs while nothing happens, after what was read has been proven; before that, what the same process costs without it. */
async function idle({ directory, scale }: Scratch): Promise<Outcome> {
  const folder = join(directory, "idle");
  mkdirSync(folder);
  const files = Array.from({ length: WATCHED_FILES }, (_, index) => join(folder, `${index}.yaml`));
  for (const path of files) writeFileSync(path, path);
  const settleMs = scale < 0.01 ? 100 : 3000;
  const seconds = Math.max(1, 6 * scale);
  await sleep(settleMs);
  const without = await coreShares(seconds);
  const watcher = watchFiles({ files, onGeneration: () => undefined });
  await watcher.start();
  await sleep(settleMs);
  const watching = await coreShares(seconds);
  await watcher.close();
  return {
    figures: {
      corePercent: median(watching),
      emptyCorePercent: median(without),
    },
  };
}

/** Of each second, how many percent of a core the process used. */
async function coreShares(seconds: number): Promise<number[]> {
  const shares: number[] = [];
  while (shares.length < seconds) {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await sleep(1000);
    const { user, system } = process.cpuUsage(before);
    shares.push((user + system) / 10 / (performance.now() - startedMs));
  }
  return shares;
}

/** Where the system has no watch left to give: how soon that is said. Empty where the kernel does not let this user try. */
async function watchFailure({ directory }: Scratch): Promise<Outcome> {
  const path = join(directory, "config");
  writeFileSync(path, "content");
  const script = `import { watchFiles } from "@plumbline/watch";
    const startedMs = performance.now();
    const watcher = watchFiles({ files: [${JSON.stringify(path)}], onGeneration() {}, onHealth: ({ mode }) => {
      if (mode === "polling") { console.log(performance.now() - startedMs); process.exit(); }
    } });
    await watcher.start();`;
  const limited = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"';
  const node = [process.execPath, "--input-type=module", "--eval", script];
  try {
    const { stdout } = await run("unshare", ["-Ur", "bash", "-c", limited, ...node], { cwd: import.meta.dirname });
    return { figures: { reportedMs: Number(stdout) } };
  } catch {
    process.stderr.write("not measured: how soon a watch limit is said; this user may not make one\n");
    return { figures: {} };
  }
}

export const TRIAL_CELLS: readonly Cell[] = [
  { group: TRIALS, name: "edits without a rest", run: continuousEdits },
  { group: TRIALS, name: "corrected while the target hangs", run: correction(false) },
  { group: TRIALS, name: "corrected while the next attempt is waited for", run: correction(true) },
  { group: TRIALS, name: IDLE, run: idle },
  { group: TRIALS, name: "no watches left", run: watchFailure },
];

export interface TrialFigure {
  readonly cell: string;
  readonly figure: string;
  readonly unit: string;
  /** Which of the rounds counts: `worst` unless told. */
  readonly of?: "worst" | "median";
}

/** What each of them measures, by what is printed before it. */
export const TRIAL_FIGURES: readonly TrialFigure[] = [
  {
    cell: "edits without a rest",
    figure: "longestGapMs",
    unit: "ms between two that were applied, at the longest",
  },
  {
    cell: "corrected while the target hangs",
    figure: "worstMs",
    unit: "ms until the correction is applied, at the longest",
  },
  {
    cell: "corrected while the next attempt is waited for",
    figure: "worstMs",
    unit: "ms until the correction is applied, at the longest",
  },
  // Not the worst: a process collects its garbage now and then, whoever it watches for.
  { cell: IDLE, figure: "corePercent", unit: "% of a core, in the middle one of all seconds", of: "median" },
  { cell: IDLE, figure: "emptyCorePercent", unit: "% of a core in the same process before it watches", of: "median" },
  { cell: "no watches left", figure: "reportedMs", unit: "ms until it is said" },
];
