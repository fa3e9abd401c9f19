import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RotateOptions } from "@plumbline/file";
import type { Outcome, Scratch } from "../frame/bench.ts";
import type { Payload } from "../load/payload.ts";
import { CurveLoad, growth, toSeries, type CurvePoint } from "./curve.ts";
import { openSink } from "./open-sink.ts";

/** A sink that runs and runs. */
export interface GrowingCurve {
  readonly payload: Payload;
  readonly lines: number;
  readonly points: number;
  readonly rotate: RotateOptions;
  readonly x: (state: { readonly lines: number; readonly bytes: number }) => number;
}

/** Part of the points at which the engine still compiles what is called often. */
const WARM_UP_PART = 0.1;
const MIN_LINES = 100;

/** One process, one journal, and what a line costs as it goes on. */
export async function measureGrowing(curve: GrowingCurve, { directory, scale }: Scratch): Promise<Outcome> {
  const sink = await openSink(join(directory, "curve.jsonl"), curve.rotate);
  const load = new CurveLoad(sink.pipeline, curve.payload);
  const step = Math.max(MIN_LINES, Math.round((curve.lines * scale) / curve.points));
  const points: CurvePoint[] = [];
  for (let point = 1; point <= curve.points; point++) {
    // Sealing runs in the background: its cost belongs to the lines that it seals.
    const cost = await load.run(step, async () => {
      while ((sink.journal.report().file?.sealing ?? 0) > 0) await sleep(1);
    });
    points.push({ x: curve.x({ lines: point * step, bytes: sink.journal.report().file?.bytes ?? 0 }), ...cost });
  }
  const lines = step * curve.points;
  const { delivered } = sink.journal.ledger.report();
  await sink.close();
  const steady = points.slice(Math.ceil(points.length * WARM_UP_PART));
  return { figures: { ...growth(steady), lines, lost: lines - delivered }, series: toSeries(points) };
}
