import type { Cell, Outcome, Picture, Scratch } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { drawPlot } from "../frame/svg-plot.ts";
import type { Target } from "../frame/target.ts";
import { PAYLOADS } from "../load/payload.ts";
import { measureGrowing } from "./growing-curves.ts";
import { measureSegments } from "./segment-curve.ts";

/** What the cost of a line is plotted against. */
interface Curve {
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly xLabel: string;
  readonly payload: string;
  measure(scratch: Scratch): Promise<Outcome>;
}

const GROUP = "curves";
const GIB = 2 ** 30;
const MAX_GROWTH = 1.1;

const CURVES: readonly Curve[] = [
  {
    name: "size of the file",
    file: "bench-file-size.svg",
    title: "Cost of a line, by the size of the file",
    xLabel: "size of the file, GiB",
    payload: "1 KiB",
    measure: (scratch) =>
      measureGrowing(
        { payload: PAYLOADS["1 KiB"], lines: 1_200_000, points: 40, rotate: {}, x: ({ bytes }) => bytes / GIB },
        scratch,
      ),
  },
  {
    name: "number of segments",
    file: "bench-file-segments.svg",
    title: "Cost of a line, by the number of segments",
    xLabel: "sealed segments beside the file; sealing every 1 MiB, retention on",
    payload: "1 KiB",
    measure: measureSegments,
  },
  {
    name: "uptime",
    file: "bench-file-uptime.svg",
    title: "Cost of a line, by the lines the process has written",
    xLabel: "lines written by one process; a new file every 256 MiB, two kept",
    payload: "150 B",
    measure: (scratch) =>
      measureGrowing(
        {
          payload: PAYLOADS["150 B"],
          lines: 8_000_000,
          points: 40,
          rotate: { maxBytes: GIB / 4, keep: 2 },
          x: ({ lines }) => lines,
        },
        scratch,
      ),
  },
];

/** Of our file sink with redaction. */
export const CURVE_CELLS: readonly Cell[] = CURVES.map((curve) => ({
  group: GROUP,
  name: curve.name,
  run: (scratch) => curve.measure(scratch),
}));

/** A picture, a sentence and a target for each curve that was run. */
export function curveReport(results: Results): {
  readonly markdown: string;
  readonly targets: readonly Target[];
  readonly pictures: readonly Picture[];
} {
  const told = CURVES.filter(({ name }) => results.rounds(GROUP, name).length > 0).map((curve) => tell(results, curve));
  return {
    markdown: told.length === 0 ? "" : ["### Curves", ...told.map(({ markdown }) => markdown)].join("\n\n"),
    targets: CURVES.map(({ name }) => ({
      text: `CPU a line over ${name}: the fitted line's end ÷ its start`,
      value: results.median(GROUP, name, "growth"),
      bound: MAX_GROWTH,
      sense: "at most",
      unit: "×",
    })),
    pictures: told.map(({ picture }) => picture),
  };
}

function tell(results: Results, curve: Curve): { readonly markdown: string; readonly picture: Picture } {
  const figure = (key: string): number => results.median(GROUP, curve.name, key);
  const slope = `from ${figure("startNanos").toFixed(0)} to ${figure("endNanos").toFixed(0)} ns of CPU a line (${figure("growth").toFixed(2)}×)`;
  const svg = drawPlot({
    title: curve.title,
    subtitle: `The line fitted through the points of CPU goes ${slope}.`,
    xLabel: curve.xLabel,
    yLabel: "ns a line",
    series: results.series(GROUP, curve.name),
  });
  const lines = `${figure("lines")} lines of ${curve.payload}, ${figure("lost")} lost`;
  return {
    markdown: `![${curve.title}](pictures/${curve.file})\n\n${lines}. The line fitted through the points of CPU goes ${slope}.`,
    picture: { file: curve.file, svg },
  };
}
