import { expect, test } from "vitest";
import { recordRun } from "./record-run.ts";
import { isExact } from "./schedule/oracle.ts";
import { runScene } from "./schedule/scene.ts";

/** `PLUMBLINE_STREAM_SEEDS=10000` for the long run; `PLUMBLINE_STREAM_SEED=17` for one; with both, so many from that one on. */
const first = process.env["PLUMBLINE_STREAM_SEED"];
const count = Number(process.env["PLUMBLINE_STREAM_SEEDS"] ?? (first === undefined ? 250 : 1));
const seeds = Array.from({ length: count }, (_, at) => Number(first ?? 1) + at);

test(
  "in every schedule a subscriber gets each event once, in order, or a gap that says so",
  { timeout: 3_600_000 },
  async () => {
    const met = new Set<string>();
    const faults: unknown[] = [];
    let [events, gaps] = [0, 0];
    for (const seed of seeds) {
      try {
        const result = await runScene(seed);
        for (const what of result.met) met.add(what);
        events += result.seen.filter(({ kind }) => kind === "event").length;
        gaps += result.seen.filter(({ kind }) => kind === "gap").length;
        const isGood = isExact(result.verdict) && result.outOfOrder === 0 && result.openFiles === 0;
        if (!isGood)
          faults.push({ seed, ...result.verdict, outOfOrder: result.outOfOrder, openFiles: result.openFiles });
      } catch (error) {
        faults.push({ seed, error });
      }
      if (faults.length > 20) break;
    }
    const wrong = { "missing, repeated, out of order, or a gap that is not so": faults.length };
    recordRun("schedules", { schedules: seeds.length, events, "gaps, all explained": gaps, ...wrong });
    expect(faults).toEqual([]);
    if (first === undefined)
      expect([...met].sort()).toEqual(["crash", "damage", "events", "live", "progress", "restart", "retention"]);
  },
);
