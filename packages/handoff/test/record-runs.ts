import { appendFileSync } from "node:fs";

/** How many files somebody saw, or what was done to so many, and how many of them were not whole. */
export interface Runs {
  readonly way: string;
  readonly observer: string;
  readonly seen: number;
  readonly wrong: number;
}

/** Notes counts for `docs/reference/handoff-runs.md`, where `PLUMBLINE_HANDOFF_RECORD` names a file for it: see `scripts/handoff-runs.mjs`. */
export function recordRuns(where: string, runs: readonly Runs[]): void {
  const path = process.env["PLUMBLINE_HANDOFF_RECORD"];
  if (path === undefined) return;
  for (const run of runs) appendFileSync(path, `${JSON.stringify({ where, ...run })}\n`);
}
