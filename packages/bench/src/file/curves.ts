import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { Cell, Outcome, Picture, Scratch, Series } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { fitLine } from "../frame/statistics.ts";
import { drawPlot } from "../frame/svg-plot.ts";
import type { Target } from "../frame/target.ts";
import { EVENT_NAME, PAYLOADS, type Payload } from "../load/payload.ts";

/** What a file sink is run into, and how far. */
interface Curve {
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly xLabel: string;
  readonly payload: Payload;
  readonly lines: number;
  /** Lines after which a point is taken. */
  readonly step: number;
  readonly rotate: { readonly maxBytes?: number; readonly keep?: number };
  /** The curve's x after so many lines. */
  readonly x: (state: { readonly lines: number; readonly bytes: number; readonly segments: number }) => number;
}

const GROUP = "curves";
const GIB = 2 ** 30;
const PER_TURN = 64;
const PER_FLUSH = 4096;
/** Part of the range in which the engine still compiles what is called often. */
const WARM_UP_PART = 0.06;
const MAX_GROWTH = 1.1;

const CURVES: readonly Curve[] = [
  {
    name: "size of the file",
    file: "bench-file-size.svg",
    title: "Cost of a line, by the size of the file",
    xLabel: "size of the file, GiB",
    payload: PAYLOADS["1 KiB"],
    lines: 3_900_000,
    step: 65_000,
    rotate: {},
    x: ({ bytes }) => bytes / GIB,
  },
  {
    name: "number of segments",
    file: "bench-file-segments.svg",
    title: "Cost of a line, by the number of segments",
    xLabel: "sealed segments of 64 KiB, all kept, retention on",
    payload: PAYLOADS["1 KiB"],
    lines: 560_000,
    step: 14_000,
    rotate: { maxBytes: 64 * 1024, keep: 1_000_000 },
    x: ({ segments }) => segments,
  },
  {
    name: "uptime",
    file: "bench-file-uptime.svg",
    title: "Cost of a line, by the lines the process has written",
    xLabel: "lines written by one process",
    payload: PAYLOADS["150 B"],
    lines: 20_000_000,
    step: 400_000,
    rotate: { maxBytes: 256 * 1024 * 1024, keep: 2 },
    x: ({ lines }) => lines,
  },
];

/** One run each, of our file sink with redaction. */
export const CURVE_CELLS: readonly Cell[] = CURVES.map((curve) => ({
  group: GROUP,
  name: curve.name,
  once: true,
  run: (scratch) => measure(curve, scratch),
}));

async function measure(curve: Curve, { directory, scale }: Scratch): Promise<Outcome> {
  const [core, { createFileSink }, { diag }] = await Promise.all([
    import("@plumbline/core"),
    import("@plumbline/file"),
    import("@opentelemetry/api"),
  ]);
  const clock = core.createSystemClock();
  const resource = { "service.name": "bench" };
  const redactor = core.createRedactor();
  const writer = core.createLineWriter({ clock, limits: core.DEFAULT_LIMITS, redactor, resource });
  const path = join(directory, "curve.jsonl");
  const journal = createFileSink({ path, clock, writer, diagnostics: diag, rotate: curve.rotate });
  await journal.start();
  const pipeline = core.createPipeline({
    clock,
    diagnostics: diag,
    writer,
    processors: [],
    journal: { journal },
    outputs: [],
  });
  const step = Math.max(PER_TURN, Math.round(curve.step * scale));
  const total = Math.round(curve.lines * scale);
  const events = Array.from({ length: PER_FLUSH }, (_, index) => curve.payload.attributes(index));
  const points: { x: number; cpu: number; elapsed: number }[] = [];
  let lines = 0;
  while (lines < total) {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    const end = Math.min(lines + step, total);
    const count = end - lines;
    while (lines < end) {
      const flushAt = Math.min(lines + PER_FLUSH, end);
      while (lines < flushAt) {
        for (const turnAt = Math.min(lines + PER_TURN, flushAt); lines < turnAt; lines++) {
          pipeline.emit({ name: EVENT_NAME, attributes: events[lines % PER_FLUSH] ?? {} });
        }
        await turn();
      }
      await pipeline.flush();
    }
    // Sealing runs in the background: its cost belongs to the lines that it seals.
    while ((journal.report().file?.sealing ?? 0) > 0) await sleep(1);
    const cpu = process.cpuUsage(cpuBefore);
    const file = journal.report().file;
    const segments = file?.counts.rotations ?? 0;
    points.push({
      x: curve.x({ lines, bytes: file?.bytes ?? 0, segments }),
      cpu: ((cpu.user + cpu.system) * 1000) / count,
      elapsed: ((performance.now() - started) * 1e6) / count,
    });
  }
  const { delivered } = journal.ledger.report();
  await pipeline.close();
  await journal.close();
  const steady = points.slice(Math.ceil(points.length * WARM_UP_PART));
  return {
    figures: { ...growth(steady), lines, lost: lines - delivered },
    series: [
      { name: "CPU", points: points.map(({ x, cpu }) => [x, cpu] as const) },
      { name: "elapsed", points: points.map(({ x, elapsed }) => [x, elapsed] as const) },
    ],
  };
}

/** How the fitted line ends, as a multiple of how it begins; and how far points lie from it in the middle, as a part. */
function growth(points: readonly { readonly x: number; readonly cpu: number }[]): Record<string, number> {
  const line = fitLine(points.map(({ x, cpu }) => [x, cpu] as const));
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  return { growth: line.at(last) / line.at(first), startNanos: line.at(first), endNanos: line.at(last), lastX: last };
}

/** A picture, a sentence and a target for each curve that was run. */
export function curveReport(results: Results): {
  readonly markdown: string;
  readonly targets: readonly Target[];
  readonly pictures: readonly Picture[];
} {
  const run = CURVES.filter(({ name }) => results.rounds(GROUP, name).length > 0);
  const told = run.map((curve) => ({ curve, ...tell(results, curve) }));
  const lines = told.map(({ curve, sentence }) => `![${curve.title}](pictures/${curve.file})\n\n${sentence}`);
  return {
    markdown: run.length === 0 ? "" : `### Curves\n\n${lines.join("\n\n")}`,
    targets: CURVES.map((curve) => ({
      text: `CPU a line over ${curve.name}: the fitted line's end ÷ its start`,
      value: results.median(GROUP, curve.name, "growth"),
      bound: MAX_GROWTH,
      sense: "at most",
      unit: "×",
    })),
    pictures: told.map(({ curve, svg }) => ({ file: curve.file, svg })),
  };
}

function tell(results: Results, curve: Curve): { readonly sentence: string; readonly svg: string } {
  const figure = (key: string): number => results.median(GROUP, curve.name, key);
  const slope = `from ${figure("startNanos").toFixed(0)} to ${figure("endNanos").toFixed(0)} ns of CPU a line (${figure("growth").toFixed(2)}×)`;
  const series: readonly Series[] = results.series(GROUP, curve.name);
  return {
    sentence: `${figure("lines")} lines of ${curve.payload.name}, ${figure("lost")} lost. The line through the points goes ${slope}.`,
    svg: drawPlot({ title: curve.title, subtitle: slope, xLabel: curve.xLabel, yLabel: "ns a line", series }),
  };
}
