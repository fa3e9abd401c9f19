import { open, rm } from "node:fs/promises";
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
/** A line of ours is somewhat longer than what `JSON.stringify` makes of its payload. */
const LINE_GROWTH = 1.5;
const PIECE_BYTES = 2 ** 20;

/** One process, one journal, and what a line costs as it goes on. */
export async function measureGrowing(curve: GrowingCurve, { directory, scale }: Scratch): Promise<Outcome> {
  await touchMemory(join(directory, "memory"), curve.lines * scale * curve.payload.bytes * LINE_GROWTH);
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

/**
 * Writes as many bytes as there will be, and removes them. A virtual machine's host takes back memory that is free for a while; who touches it first waits for it, and the lines at some
 * place of a curve would cost half as much again, wherever a file has grown beyond what the machine had at hand.
 */
async function touchMemory(path: string, bytes: number): Promise<void> {
  const piece = Buffer.alloc(PIECE_BYTES);
  const file = await open(path, "w");
  try {
    for (let at = 0; at < bytes; at += PIECE_BYTES) await file.write(piece, 0, PIECE_BYTES, at);
  } finally {
    await file.close();
    await rm(path);
  }
}
