import { expect, test } from "vitest";
import { recordRun } from "./record-run.ts";
import { runControl, type Control } from "./schedule/controls.ts";
import { isExact, type Verdict } from "./schedule/oracle.ts";

/** `PLUMBLINE_STREAM_SEEDS=10000` for the long run. */
const SEEDS = Number(process.env["PLUMBLINE_STREAM_SEEDS"] ?? 100);

/** How many schedules each fault was seen in. */
async function count(control: Control): Promise<Record<keyof Verdict | "wrong", number>> {
  const counts = { missing: 0, repeated: 0, disordered: 0, foreign: 0, unexplained: 0, falseAlarms: 0, wrong: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const verdict = await runControl(control, seed);
    for (const key of Object.keys(verdict) as (keyof Verdict)[]) if (verdict[key] > 0) counts[key] += 1;
    if (!isExact(verdict)) counts.wrong += 1;
  }
  const { missing, repeated, disordered } = counts;
  recordRun(control, { schedules: SEEDS, "caught in": counts.wrong, missing, repeated, "out of order": disordered });
  return counts;
}

test(
  "two producers that load, put and lift a number lose, repeat and disorder events: the harness sees all three",
  { timeout: 120_000 },
  async () => {
    const counts = await count("two-producers");
    expect(counts.missing).toBeGreaterThan(SEEDS / 2);
    expect(counts.disordered + counts.repeated).toBeGreaterThan(SEEDS / 10);
  },
);

test(
  "a lock around them leaves the loss: live lifts the number past what replay still has",
  { timeout: 120_000 },
  async () => {
    const counts = await count("two-producers-locked");
    expect(counts.missing).toBeGreaterThan(SEEDS / 2);
    expect(counts.disordered + counts.repeated).toBe(0);
  },
);

test(
  "a bounded buffer that is flushed after catching up loses what it had no room for",
  { timeout: 120_000 },
  async () => {
    const counts = await count("buffer-then-flush");
    expect(counts.missing).toBeGreaterThan(SEEDS / 2);
  },
);
