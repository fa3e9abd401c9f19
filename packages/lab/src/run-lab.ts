import type { Cell } from "./cell.ts";
import type { ContenderId } from "./contender.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Lab, Scenario, Skipped } from "./scenario.ts";

/** One cell to run. */
interface Task {
  readonly scenario: Scenario;
  readonly contender: ContenderId;
  readonly runs: number;
}

/** How a run of the lab is bounded and watched. */
export interface RunLabOptions {
  readonly lab: Lab;
  /** Cells that run at a time. */
  readonly lanes: number;
  /** After so many milliseconds no further cell begins. */
  readonly budgetMs: number;
  readonly onCell: (label: string, cell: Cell | Skipped, milliseconds: number) => void;
}

/** What came of it, in the order of the scenarios. */
export interface LabResults {
  readonly cells: readonly Cell[];
  /** By name, with the reason. */
  readonly skipped: readonly string[];
}

/** Runs every entry of every scenario. What does not begin in time is skipped by name. */
export async function runLab(scenarios: readonly Scenario[], options: RunLabOptions): Promise<LabResults> {
  const { lab, lanes, budgetMs, onCell } = options;
  const tasks = scenarios.flatMap((scenario) =>
    scenario.entries
      .map(({ contender, runs }): Task => ({ scenario, contender, runs: runs[lab.length] }))
      .filter(({ runs }) => runs > 0),
  );
  // Where time runs out, it is others that are not seen.
  const order = [...tasks.entries()].toSorted(([, a], [, b]) => Number(isPeer(a)) - Number(isPeer(b)));
  const results: (Cell | Skipped)[] = [];
  const started = performance.now();
  const lane = async (): Promise<void> => {
    for (let entry = order.shift(); entry !== undefined; entry = order.shift()) {
      const [index, task] = entry;
      const begun = performance.now();
      const result =
        begun - started < budgetMs ? await run(task, lab) : { skipped: `the run's ${budgetMs / 1000} s were over` };
      results[index] = result;
      onCell(labelOf(task), result, performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const skipped = tasks.flatMap((task, index) => {
    const result = results[index];
    return result !== undefined && "skipped" in result ? [`${labelOf(task)}: ${result.skipped}`] : [];
  });
  return { cells: results.filter((result): result is Cell => !("skipped" in result)), skipped };
}

function run({ scenario, contender, runs }: Task, lab: Lab): Promise<Cell | Skipped> {
  return scenario.run(contender, runs, lab);
}

function isPeer({ contender }: Task): boolean {
  return CONTENDERS[contender].role === "peer";
}

function labelOf({ scenario, contender }: Task): string {
  return `${scenario.id} · ${CONTENDERS[contender].name}`;
}
