import { subscribe } from "@plumbline/stream";
import type { Cell, Outcome, Picture, Scratch } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { median } from "../frame/statistics.ts";
import { drawPlot } from "../frame/svg-plot.ts";
import type { Target } from "../frame/target.ts";
import { readAndSplit } from "./in-process-cells.ts";
import { cursorBehind, filesBehind, journalPath, writeHistory } from "./journal-lines.ts";

const GROUP = "curves";
const NAME = "cold read";
const FILE = "bench-stream-cold.svg";
const TITLE = "Cost of an event, by how many a subscriber is behind";
/** `PLUMBLINE_BENCH_BEHIND=10000000` for the long form, which takes 2.4 GB of disk. */
const MOST = Number(process.env["PLUMBLINE_BENCH_BEHIND"] ?? 1_000_000);
const FEWEST = 1000;
const STEPS_A_DECADE = 4;
/** So many events are read for a point at least, over and over where it has fewer: the middle one of three passes is still chance. */
const PER_POINT = 1_000_000;
const [FEWEST_PASSES, MOST_PASSES] = [3, 60];
/** From here on the search for the place, once for a subscription, is a small part. */
const BASE = 100_000;
const MAX_GROWTH = 1.1;
/** More than the caches of a processor hold. */
const COOLING_BYTES = 128 * 1024 * 1024;
const CACHE_LINE = 64;

interface Cost {
  readonly elapsed: number;
  readonly cpu: number;
}

interface Point extends Cost {
  readonly behind: number;
  /** Of reading and splitting the same bytes. */
  readonly floor: number;
}

async function measure({ directory, scale }: Scratch): Promise<Outcome> {
  const most = Math.max(FEWEST * 4, Math.round(MOST * Math.min(1, scale)));
  writeHistory(directory, most);
  const steps = Math.max(1, Math.round(Math.log10(most / FEWEST) * STEPS_A_DECADE));
  const counts = Array.from({ length: steps + 1 }, (_, at) => Math.round(FEWEST * (most / FEWEST) ** (at / steps)));
  const cool = coolerOf(Math.round(COOLING_BYTES * Math.min(1, scale)));
  const readings = [subscriptionOf(journalPath(directory), most), floorOf(directory, most)] as const;
  let missed = 0;
  const costOf = async (reading: Reading, behind: number): Promise<Cost> => {
    cool();
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    missed += Math.abs(behind - (await reading(behind)));
    const elapsed = ((performance.now() - started) * 1e6) / behind;
    const cpu = process.cpuUsage(cpuBefore);
    return { elapsed, cpu: ((cpu.user + cpu.system) * 1000) / behind };
  };
  // The engine compiles, and the system has the files in its memory.
  for (const reading of readings) await costOf(reading, most);
  const points: Point[] = [];
  for (const behind of counts) {
    const passes = Math.min(MOST_PASSES, Math.max(FEWEST_PASSES, Math.ceil((PER_POINT * Math.min(1, scale)) / behind)));
    const costs: { readonly ours: Cost; readonly floor: Cost }[] = [];
    for (let pass = 0; pass < passes; pass++) {
      costs.push({ ours: await costOf(readings[0], behind), floor: await costOf(readings[1], behind) });
    }
    points.push({
      behind,
      elapsed: median(costs.map(({ ours }) => ours.elapsed)),
      cpu: median(costs.map(({ ours }) => ours.cpu)),
      floor: median(costs.map(({ floor }) => floor.cpu)),
    });
  }
  const nearest = (count: number): Point | undefined => points.find(({ behind }) => behind >= count) ?? points[0];
  const [base, end] = [nearest(Math.min(BASE, most)), nearest(most)];
  const [baseNanos, mostNanos] = [base?.cpu ?? Number.NaN, end?.cpu ?? Number.NaN];
  return {
    figures: {
      growth: mostNanos / baseNanos,
      floorGrowth: (end?.floor ?? Number.NaN) / (base?.floor ?? Number.NaN),
      baseNanos,
      mostNanos,
      most,
      lost: missed,
    },
    series: [
      { name: "CPU", points: points.map(({ behind, cpu }) => [behind, cpu] as const) },
      { name: "elapsed", points: points.map(({ behind, elapsed }) => [behind, elapsed] as const) },
      { name: "CPU of reading and splitting", points: points.map(({ behind, floor }) => [behind, floor] as const) },
    ],
  };
}

/** Reads from so many events before the end to the end, and says how many there were. */
type Reading = (behind: number) => Promise<number>;

/** Finding the place included. */
function subscriptionOf(path: string, total: number): Reading {
  return async (behind) => {
    let read = 0;
    for await (const item of subscribe(path, { cursor: cursorBehind(total - behind) })) {
      if (item.kind === "events") read += item.lines.length;
      if (item.kind !== "gap" && item.isLive) break;
    }
    return read;
  };
}

/** The place is known. */
function floorOf(directory: string, total: number): Reading {
  return async (behind) => {
    let read = 0;
    for (const { path, start } of filesBehind(directory, total, behind)) {
      read += await readAndSplit(path, start, false, undefined);
    }
    return read;
  };
}

/**
 * Makes the processor's caches forget what was read: few events would come from there when they are read again, many from memory. A subscriber that
 * has just come finds its events in memory, however few they are.
 */
function coolerOf(bytes: number): () => void {
  const other = Buffer.alloc(bytes);
  return () => {
    for (let at = 0; at < other.length; at += CACHE_LINE) other[at] = ((other[at] ?? 0) + 1) & 0xff;
  };
}

export const COLD_CELL: Cell = { group: GROUP, name: NAME, once: true, run: measure };

/** The picture, a sentence and the target, of what was run. */
export function coldReport(results: Results): {
  readonly markdown: string;
  readonly targets: readonly Target[];
  readonly pictures: readonly Picture[];
} {
  const figure = (key: string): number => results.median(GROUP, NAME, key);
  const targets: readonly Target[] = [
    {
      text: "cold read, CPU an event: the most behind ÷ 100,000 behind",
      value: figure("growth"),
      bound: MAX_GROWTH,
      sense: "at most",
      unit: "×",
    },
  ];
  const series = results.series(GROUP, NAME);
  if (series.length === 0) return { markdown: "", targets, pictures: [] };
  const said = `${figure("baseNanos").toFixed(0)} ns of CPU an event at ${Math.min(BASE, figure("most"))} behind, ${figure("mostNanos").toFixed(0)} at ${figure("most")}`;
  const svg = drawPlot({
    title: TITLE,
    subtitle: `${said}.`,
    xLabel: "events behind",
    yLabel: "ns an event",
    xScale: "log",
    series,
  });
  return {
    markdown: `### ${NAME}\n\n![${TITLE}](pictures/${FILE})\n\n${said}; ${figure("lost")} lost. Finding the place is in it, which is what few events pay for. Reading and splitting the same bytes: ${figure("floorGrowth").toFixed(2)}× from the one to the other.`,
    targets,
    pictures: [{ file: FILE, svg }],
  };
}
