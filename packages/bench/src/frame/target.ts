/** Something that a bench is to reach. */
export interface Target {
  readonly text: string;
  /** NaN where the cells it needs were not run. */
  readonly value: number;
  readonly bound: number;
  readonly sense: "at least" | "at most" | "below";
  readonly unit: string;
}

/** Whether it is reached; `undefined` where that was not measured. */
export function isReached({ value, bound, sense }: Target): boolean | undefined {
  if (Number.isNaN(value)) return undefined;
  if (sense === "at least") return value >= bound;
  return sense === "at most" ? value <= bound : value < bound;
}

/** The rows of a table of targets. */
export function targetRows(targets: readonly Target[]): readonly (readonly string[])[] {
  return targets.map((target) => [
    target.text,
    `${target.sense} ${number(target.bound)}${target.unit}`,
    Number.isNaN(target.value) ? "–" : `${number(target.value)}${target.unit}`,
    { true: "reached", false: "**not reached**", undefined: "not run" }[String(isReached(target))] ?? "",
  ]);
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
