import { expect, test } from "vitest";
import { drawPlot } from "../../src/frame/svg-plot.ts";

const plot = {
  title: "Cost & <size>",
  subtitle: "flat",
  xLabel: "GiB",
  yLabel: "ns",
  series: [
    {
      name: "CPU",
      points: [
        [0, 100],
        [4, 100],
      ] as const,
    },
    {
      name: "elapsed",
      points: [
        [0, 150],
        [4, 200],
      ] as const,
    },
  ],
};

test("a level curve is a level line, and a higher one stands above it", () => {
  const paths = [...drawPlot(plot).matchAll(/d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  const [cpu = [], elapsed = []] = paths;
  expect(cpu[1]).toBe(cpu[3]);
  expect(elapsed[1]).toBeLessThan(cpu[1] ?? 0);
  expect(elapsed[3]).toBeLessThan(elapsed[1] ?? 0);
  expect(cpu[0]).toBe(elapsed[0]);
});

test("texts are escaped, axes begin at 0, and both colour schemes are served", () => {
  const svg = drawPlot(plot);
  expect(svg).toContain("Cost &#38; &#60;size&#62;");
  expect(svg.match(/>0<\/text>/g)).toHaveLength(2);
  expect(svg).toContain("prefers-color-scheme:dark");
});

test("a plot without points is still a picture", () => {
  expect(drawPlot({ ...plot, series: [] })).toContain("</svg>");
});

test("with a logarithmic x each power of ten takes as much room", () => {
  const points = [1000, 10_000, 100_000].map((x) => [x, 1] as const);
  const [path = ""] = drawPlot({ ...plot, xScale: "log", series: [{ name: "CPU", points }] }).match(/d="[^"]+"/) ?? [];
  const [first = 0, second = 0, third = 0] = [...path.matchAll(/[ML]([\d.]+)/g)].map(([, x]) => Number(x));
  expect(second - first).toBeGreaterThan(50);
  expect(third - second).toBeCloseTo(second - first, 0);
});
