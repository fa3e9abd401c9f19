import { Tally, type Cell } from "./cell.ts";
import type { ContenderId } from "./contender.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Lab, Scenario, Skipped } from "./scenario.ts";

/** In the long run each cell gets its short part first, and the rest in so many turns: where time runs out, all are seen. */
const TURNS_OF_THE_REST = 5;

/** How a run of the lab is bounded and watched. */
export interface RunLabOptions {
  readonly lab: Lab;
  /** Cells that run at a time. */
  readonly lanes: number;
  /** After so many milliseconds nothing more begins. */
  readonly budgetMs: number;
  /** After each turn of a cell. */
  readonly onTurn: (label: string, cell: Cell | Skipped, milliseconds: number) => void;
}

/** What came of it, in the order of the scenarios. */
export interface LabResults {
  readonly cells: readonly Cell[];
  /** By name, with the reason. */
  readonly skipped: readonly string[];
}

/** One cell, and how far it has come. */
interface Task {
  readonly label: string;
  readonly scenario: Scenario;
  readonly contender: ContenderId;
  readonly tally: Tally;
  readonly short: number;
  readonly total: number;
  done: number;
  skipped: Skipped | undefined;
}

/** Runs every entry of every scenario. What does not begin in time is skipped by name; what is cut short says so. */
export async function runLab(scenarios: readonly Scenario[], options: RunLabOptions): Promise<LabResults> {
  const { lab, lanes, budgetMs, onTurn } = options;
  const tasks = scenarios.flatMap((scenario) => scenario.entries.map((entry) => createTask(scenario, entry, lab)));
  const wanted = tasks.filter(({ total }) => total > 0);
  // Where time runs out, it is others that are not seen.
  const ordered = wanted.toSorted((a, b) => Number(isPeer(a)) - Number(isPeer(b)));
  const started = performance.now();
  const isTimeUp = (): boolean => performance.now() - started >= budgetMs;
  const runQueue = async (queue: Task[]): Promise<void> => {
    for (let task = queue.shift(); task !== undefined && !isTimeUp(); task = queue.shift()) {
      const begun = performance.now();
      await takeTurn(task, lab, isTimeUp);
      if (task.done < task.total && task.skipped === undefined) queue.push(task);
      onTurn(task.label, task.skipped ?? task.tally.cell(), performance.now() - begun);
    }
  };
  await runQueue(ordered.filter(({ scenario }) => scenario.runsAlone === true));
  const queue = ordered.filter(({ scenario }) => scenario.runsAlone !== true);
  await Promise.all(Array.from({ length: lanes }, () => runQueue(queue)));
  for (const task of wanted) {
    if (task.skipped !== undefined || task.done >= task.total) continue;
    if (task.done === 0) task.skipped = { skipped: `the run's ${budgetMs / 1000} s were over` };
    else task.tally.note(`${task.done} of ${task.total} runs in the time there was`);
  }
  return {
    cells: wanted.filter(({ skipped }) => skipped === undefined).map(({ tally }) => tally.cell()),
    skipped: wanted.flatMap(({ label, skipped }) => (skipped === undefined ? [] : [`${label}: ${skipped.skipped}`])),
  };
}

async function takeTurn(task: Task, lab: Lab, isTimeUp: () => boolean): Promise<void> {
  const { scenario, contender, tally, short, total } = task;
  const share = task.done < short ? short : Math.ceil((total - short) / TURNS_OF_THE_REST);
  const end = Math.min(task.done + share, total);
  while (task.done < end && !isTimeUp()) {
    const count = Math.min(scenario.chainLength ?? 1, end - task.done);
    task.skipped = await scenario.run(contender, task.done, count, tally, lab);
    if (task.skipped !== undefined) return;
    task.done += count;
  }
}

function createTask(scenario: Scenario, { contender, runs }: Scenario["entries"][number], lab: Lab): Task {
  return {
    label: `${scenario.id} · ${CONTENDERS[contender].name}`,
    scenario,
    contender,
    tally: new Tally(scenario.id, contender, scenario.isPromised(contender)),
    short: runs.short,
    total: runs[lab.length],
    done: 0,
    skipped: undefined,
  };
}

function isPeer({ contender }: Task): boolean {
  return CONTENDERS[contender].role === "peer";
}
