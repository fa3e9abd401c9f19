// What the hand-off's suites have counted, for `docs/reference/handoff-runs.md`: see `scripts/handoff-runs.mjs`.
import { appendFileSync } from "node:fs";

/**
 * Notes counts, where `PLUMBLINE_HANDOFF_RECORD` names a file for it.
 *
 * @param {string} where the far side
 * @param {{ way: string, observer: string, seen: number, wrong: number }[]} runs how many files somebody saw, and how many of them were not whole
 */
export function recordRuns(where, runs) {
  const path = process.env.PLUMBLINE_HANDOFF_RECORD;
  if (path === undefined) return;
  for (const run of runs) appendFileSync(path, `${JSON.stringify({ where, ...run })}\n`);
}
