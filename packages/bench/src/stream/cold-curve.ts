import { subscribe } from "@plumbline/stream";
import type { Cell, Outcome, Picture, Scratch } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { median } from "../frame/statistics.ts";
import { drawPlot } from "../frame/svg-plot.ts";
import type { Target } from "../frame/target.ts";
import { cursorBehind, journalPath, writeHistory } from "./journal-lines.ts";

const GROUP = "curves";
const NAME = "cold read";
const FILE = "bench-stream-cold.svg";
const TITLE = "Cost of an event, by how many a subscriber is behind";
/** `PLUMBLINE_BENCH_BEHIND=10000000` for the long form, which takes 2.4 GB of disk. */
const MOST = Number(process.env["PLUMBLINE_BENCH_BEHIND"] ?? 1_000_000);
const FEWEST = 1000;
const STEPS_A_DECADE = 4;
/** So many events are read for a point at least, over and over where it has fewer. */
const PER_POINT = 200_000;
/** From here on the search for the place, once for a subscription, is a small part. */
const BASE = 100_000;
const MAX_GROWTH = 1.1;

interface Point {
  readonly behind: number;
  readonly elapsed: number;
  readonly cpu: number;
}

async function measure({ directory, scale }: Scratch): Promise<Outcome> {
  const most = Math.max(FEWEST * 4, Math.round(MOST * Math.min(1, scale)));
  writeHistory(directory, most);
  const path = journalPath(directory);
  const steps = Math.max(1, Math.round(Math.log10(most / FEWEST) * STEPS_A_DECADE));
  const counts = Array.from({ length: steps + 1 }, (_, at) => Math.round(FEWEST * (most / FEWEST) ** (at / steps)));
  await readBehind(path, most, most); // the engine compiles, and the system has the files in its memory
  const points: Point[] = [];
  let missed = 0;
  for (const behind of counts) {
    const passes = Math.max(1, Math.ceil((PER_POINT * Math.min(1, scale)) / behind));
    const costs: Point[] = [];
    for (let pass = 0; pass < passes; pass++) {
      const { read, ...cost } = await readBehind(path, most, behind);
      missed += Math.abs(behind - read);
      costs.push({ behind, ...cost });
    }
    points.push({
      behind,
      elapsed: median(costs.map(({ elapsed }) => elapsed)),
      cpu: median(costs.map(({ cpu }) => cpu)),
    });
  }
  const at = (count: number): number => (points.find(({ behind }) => behind >= count) ?? points[0])?.cpu ?? Number.NaN;
  return {
    figures: {
      growth: at(most) / at(Math.min(BASE, most)),
      baseNanos: at(Math.min(BASE, most)),
      mostNanos: at(most),
      most,
      lost: missed,
    },
    series: [
      { name: "CPU", points: points.map(({ behind, cpu }) => [behind, cpu] as const) },
      { name: "elapsed", points: points.map(({ behind, elapsed }) => [behind, elapsed] as const) },
    ],
  };
}

/** Reads from so many events before the end to the end, and says what each cost in nanoseconds, finding the place included. */
async function readBehind(
  path: string,
  total: number,
  behind: number,
): Promise<{ readonly read: number; readonly elapsed: number; readonly cpu: number }> {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let read = 0;
  for await (const item of subscribe(path, { cursor: cursorBehind(total - behind) })) {
    if (item.kind === "events") read += item.lines.length;
    if (item.kind !== "gap" && item.isLive) break;
  }
  const elapsed = ((performance.now() - started) * 1e6) / behind;
  const cpu = process.cpuUsage(cpuBefore);
  return { read, elapsed, cpu: ((cpu.user + cpu.system) * 1000) / behind };
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
    markdown: `### ${NAME}\n\n![${TITLE}](pictures/${FILE})\n\n${said}; ${figure("lost")} lost. Finding the place is in it, which is what few events pay for.`,
    targets,
    pictures: [{ file: FILE, svg }],
  };
}
