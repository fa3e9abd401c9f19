import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createEpoch, formatId } from "@plumbline/core";
import { formatSegmentName } from "@plumbline/jsonl";
import type { Outcome, Scratch } from "../frame/bench.ts";
import { PAYLOADS, plainLine } from "../load/payload.ts";
import { CurveLoad, growth, toSeries, type CurvePoint } from "./curve.ts";
import { openSink } from "./open-sink.ts";

const STEM = "curve";
const SEGMENTS = 10_000;
const POINTS = 7;
/** Has no divisor in common with the number of points. */
const STRIDE = 3;
const MAX_BYTES = 1024 * 1024;
const LINES = 24_000;
const MIN_LINES = 200;
const FIRST_LINES = 200;
const WARM_UP_PART = 3;
const FIRST_PASS_MS = 300;
const EPOCH_MICROS = 1_700_000_000_000_000;

/**
 * What a line costs beside 0 to 10,000 sealed segments of an earlier run, which are made beforehand: each point writes enough
 * lines to seal some more, with retention at work. The order of the points is mixed, so that what grows with time does not
 * look like what grows with segments.
 */
export async function measureSegments({ directory, scale }: Scratch): Promise<Outcome> {
  const lines = Math.max(MIN_LINES, Math.round(LINES * scale));
  const points: CurvePoint[] = [];
  let lost = 0;
  for (const part of [0, ...mixed(POINTS)]) {
    const segments = Math.round((SEGMENTS * Math.min(1, scale * 20) * part) / (POINTS - 1));
    const folder = join(directory, `${part}-${points.length}`);
    makeSegments(folder, segments);
    const sink = await openSink(join(folder, `${STEM}.jsonl`), {
      maxBytes: MAX_BYTES,
      keep: SEGMENTS * 10,
    });
    const load = new CurveLoad(sink.pipeline, PAYLOADS["1 KiB"]);
    const settled = async (): Promise<void> => {
      while ((sink.journal.report().file?.sealing ?? 0) > 0) await sleep(1);
    };
    // The first pass of retention looks at every segment, once in the life of a process.
    await load.run(FIRST_LINES, settled);
    await sink.journal.rotate();
    await settled();
    await sleep(FIRST_PASS_MS);
    // The first time it is thrown away: the engine still compiles.
    const warmUp = points.length === 0 ? lines * WARM_UP_PART : 0;
    if (warmUp > 0) await load.run(warmUp, settled);
    const cost = await load.run(lines, settled);
    lost += FIRST_LINES + warmUp + lines - sink.journal.ledger.report().delivered;
    await sink.close();
    points.push({ x: segments, ...cost });
  }
  const steady = points.slice(1).toSorted((a, b) => a.x - b.x);
  return { figures: { ...growth(steady), lines: lines * POINTS, lost }, series: toSeries(steady) };
}

/** 0 to count - 1, each once, in an order that is neither rising nor falling. */
function mixed(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => (index * STRIDE) % count);
}

/** Synchronously: there are tens of thousands, and nothing else is to be done meanwhile. */
function makeSegments(folder: string, count: number): void {
  mkdirSync(folder);
  const epoch = createEpoch(EPOCH_MICROS, () => 0);
  for (let seq = 1; seq <= count; seq++) {
    const name = formatSegmentName({ stem: STEM, epoch, firstSeq: seq, form: "sealed" });
    const line = plainLine("2026-01-01T00:00:00.000Z", { requestId: `req-${seq}` });
    writeFileSync(join(folder, name), `{"id":"${formatId(epoch, seq)}",${line.slice(1)}`);
  }
}
