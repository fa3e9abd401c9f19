import type { Series } from "./bench.ts";
import { range } from "./statistics.ts";

export interface Plot {
  readonly title: string;
  /** What was found, below the title. */
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** `log`: each power of ten takes as much room; no x is below 1. Default `linear`, from 0. */
  readonly xScale?: "linear" | "log";
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT] = [760, 320];
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 24, 64, 56];
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS = 5;
/** Part of the height that stays free above the highest point. */
const HEADROOM = 1.15;

const STYLE = [
  "svg{font:12px system-ui,sans-serif;background:#fff}",
  "text{fill:#57606a}.title{font-size:15px;font-weight:600;fill:#1f2328}.end{text-anchor:end}.middle{text-anchor:middle}",
  ".grid{stroke:#d0d7de;stroke-width:1}path{fill:none;stroke-width:2;stroke-linejoin:round}",
  ".s0{stroke:#0969da}.s1{stroke:#8c959f}.s2{stroke:#1a7f37}text.s0{fill:#0969da;stroke:none}text.s1{fill:#6e7781;stroke:none}text.s2{fill:#1a7f37;stroke:none}",
  "@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#9198a1}.title{fill:#e6edf3}.grid{stroke:#30363d}",
  ".s0{stroke:#4493f8}.s1{stroke:#6e7681}.s2{stroke:#3fb950}text.s0{fill:#4493f8}text.s1{fill:#9198a1}text.s2{fill:#3fb950}}",
].join("");

/** Draws curves over a common x. The y axis begins at 0: a slope looks as steep as it is. */
export function drawPlot({ title, subtitle, xLabel, yLabel, xScale = "linear", series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const xRange = range(points.map(([x]) => x));
  const xTicks = xScale === "log" ? powers(xRange) : ticks(Math.max(0, xRange.max));
  const yTicks = ticks(range([0, ...points.map(([, y]) => y)]).max * HEADROOM);
  const along = xScale === "log" ? Math.log10 : (value: number): number => value;
  const [fromX, toX, maxY] = [along(xTicks[0] ?? 1), along(xTicks.at(-1) ?? 1), yTicks.at(-1) ?? 1];
  const x = (value: number): number => LEFT + ((along(value) - fromX) / (toX - fromX)) * INNER_WIDTH;
  const y = (value: number): number => TOP + INNER_HEIGHT - (value / maxY) * INNER_HEIGHT;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escape(title)}. ${escape(subtitle)}">`,
    `<style>${STYLE}</style>`,
    text(LEFT, 24, title, "title"),
    text(LEFT, 43, subtitle, ""),
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>${text(LEFT - 8, y(tick) + 4, short(tick), "end")}`,
    ),
    ...xTicks.map((tick) => text(x(tick), HEIGHT - BOTTOM + 20, short(tick), "middle")),
    text(LEFT + INNER_WIDTH / 2, HEIGHT - 12, xLabel, "middle"),
    `<text class="middle" transform="translate(18 ${TOP + INNER_HEIGHT / 2}) rotate(-90)">${escape(yLabel)}</text>`,
    ...series.map(
      (each, index) =>
        `<path class="s${index}" d="${each.points.map(([px, py], at) => `${at === 0 ? "M" : "L"}${round(x(px))} ${round(y(py))}`).join("")}"/>`,
    ),
    ...series.map((each, index) => text(WIDTH - RIGHT, 24 + index * 17, each.name, `end s${index}`)),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

/** Round values from 0 to at least `max`. */
function ticks(max: number): readonly number[] {
  const raw = (max > 0 ? max : 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: Math.max(1, count) + 1 }, (_, index) => index * step);
}

/** The powers of ten around a range. */
function powers({ min, max }: { readonly min: number; readonly max: number }): readonly number[] {
  const first = Math.floor(Math.log10(min));
  const last = Math.max(first + 1, Math.ceil(Math.log10(max)));
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
}

function text(x: number, y: number, content: string, name: string): string {
  return `<text${name === "" ? "" : ` class="${name}"`} x="${round(x)}" y="${round(y)}">${escape(content)}</text>`;
}

function short(value: number): string {
  if (value >= 1e6) return `${trim(value / 1e6)} M`;
  return value >= 10_000 ? `${trim(value / 1000)} k` : trim(value);
}

function trim(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
