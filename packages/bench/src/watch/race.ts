import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { percentile } from "../frame/statistics.ts";
import { WAYS, type EditWay } from "./edit-ways.ts";
import type { Version } from "./versioned-file.ts";
import { versionIn } from "./versioned-file.ts";
import { WATCHERS, type Watcher } from "./watchers.ts";

export const RACE = "edits";

/** Edits of each way in a round. */
const EDITS = 2;
/** How long after an edit the content may come: longer than any of them polls. */
const PATIENCE_MS = 1300;
/** In which a second application of the same content would come. */
const QUIET_MS = 150;
/** A smoke test edits in a few ways alone. */
const FEW_WAYS = 2;

interface Tally {
  readonly latenciesMs: number[];
  stale: number;
  repeated: number;
  torn: number;
}

/** One cell a watcher: all ways to write at the same time, since most of it is waiting, each with a watch of its own. */
export const RACE_CELLS: readonly Cell[] = WATCHERS.map((watcher) => ({
  group: RACE,
  name: watcher.name,
  run: (scratch) => race(watcher, scratch),
}));

/** The figure of a way's stale checkpoints. */
export function staleFigure({ name }: EditWay): string {
  return `stale: ${name}`;
}

async function race(watcher: Watcher, { directory, scale }: Scratch): Promise<Outcome> {
  const isSmoke = scale < 0.01;
  const edits = Math.max(1, Math.round(EDITS * scale));
  const figures: Record<string, number> = {};
  const all: Tally = { latenciesMs: [], stale: 0, repeated: 0, torn: 0 };
  const races = WAYS.slice(0, isSmoke ? FEW_WAYS : WAYS.length).map(async (way, index) => {
    const folder = join(directory, String(index));
    mkdirSync(folder);
    const tally: Tally = { latenciesMs: [], stale: 0, repeated: 0, torn: 0 };
    await editAll(watcher, way, folder, edits, tally);
    figures[staleFigure(way)] = tally.stale;
    all.latenciesMs.push(...tally.latenciesMs);
    for (const figure of ["stale", "repeated", "torn"] as const) all[figure] += tally[figure];
  });
  await Promise.all(races);
  const { latenciesMs, stale, repeated, torn } = all;
  const latencies = new Float64Array(latenciesMs);
  const times: Record<string, number> =
    latencies.length === 0
      ? {}
      : {
          p50Ms: percentile(latencies, 0.5),
          p99Ms: percentile(latencies, 0.99),
          maxMs: percentile(latencies, 1),
        };
  const checkpoints = edits * Object.keys(figures).length;
  return { figures: { ...figures, ...times, checkpoints, stale, repeated, torn } };
}

async function editAll(watcher: Watcher, way: EditWay, folder: string, edits: number, tally: Tally): Promise<void> {
  const path = way.layOut(folder);
  // Some put in force what is there at the start.
  const last: { version: Version | undefined; atMs: number } = { version: undefined, atMs: 0 };
  const end = await watcher.start(path, (version) => {
    if (version === "torn") tally.torn++;
    else if (version === last.version) tally.repeated++;
    last.version = version;
    last.atMs = performance.now();
  });
  await sleep(QUIET_MS);
  for (let edit = 1; edit <= edits; edit++) {
    const version = edit * 10;
    await way.edit(path, version);
    const editedMs = performance.now();
    while (last.version !== version && performance.now() - editedMs < PATIENCE_MS) await sleep(1);
    const tookMs = last.atMs - editedMs;
    await sleep(QUIET_MS);
    if (last.version !== versionIn(readFileSync(path, "utf8"))) tally.stale++;
    else tally.latenciesMs.push(Math.max(0, tookMs));
  }
  await end();
}
