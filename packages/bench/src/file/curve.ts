import { setImmediate as turn } from "node:timers/promises";
import type { Series } from "../frame/bench.ts";
import { fitLine } from "../frame/statistics.ts";
import { EVENT_NAME, type Payload } from "../load/payload.ts";
import type { Pipeline } from "@plumbline/core";

/** What a line cost at some place of a curve, in nanoseconds. */
export interface CurvePoint {
  readonly x: number;
  readonly cpu: number;
  readonly elapsed: number;
}

const PER_TURN = 64;
const PER_FLUSH = 4096;

/** Logs events as fast as they are written, and tells what each line cost once `settled` resolves. */
export class CurveLoad {
  readonly #pipeline: Pipeline;
  readonly #events: readonly ReturnType<Payload["attributes"]>[];
  #next = 0;

  constructor(pipeline: Pipeline, payload: Payload) {
    this.#pipeline = pipeline;
    this.#events = Array.from({ length: PER_FLUSH }, (_, index) => payload.attributes(index));
  }

  async run(lines: number, settled: () => Promise<void>): Promise<Omit<CurvePoint, "x">> {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    for (let left = lines; left > 0;) {
      const count = Math.min(left, PER_FLUSH);
      await this.#log(count);
      await this.#pipeline.flush();
      left -= count;
    }
    await settled();
    const cpu = process.cpuUsage(cpuBefore);
    return {
      cpu: ((cpu.user + cpu.system) * 1000) / lines,
      elapsed: ((performance.now() - started) * 1e6) / lines,
    };
  }

  async #log(count: number): Promise<void> {
    for (let done = 0; done < count; done++) {
      const attributes = this.#events[this.#next++ % PER_FLUSH] ?? {};
      this.#pipeline.emit({ name: EVENT_NAME, attributes });
      if (done % PER_TURN === PER_TURN - 1) await turn();
    }
  }
}

/** What is told of a curve: how the line fitted through the points begins and ends. */
export function growth(points: readonly CurvePoint[]): Record<"growth" | "startNanos" | "endNanos", number> {
  const line = fitLine(points.map(({ x, cpu }) => [x, cpu] as const));
  const [start, end] = [line.at(points[0]?.x ?? 0), line.at(points.at(-1)?.x ?? 0)];
  return { growth: end / start, startNanos: start, endNanos: end };
}

export function toSeries(points: readonly CurvePoint[]): readonly Series[] {
  return [
    { name: "CPU", points: points.map(({ x, cpu }) => [x, cpu] as const) },
    { name: "elapsed", points: points.map(({ x, elapsed }) => [x, elapsed] as const) },
  ];
}
