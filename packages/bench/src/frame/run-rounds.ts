import { fork } from "node:child_process";
import { once } from "node:events";
import { cellId, type Cell, type Outcome } from "./bench.ts";
import { Results } from "./results.ts";
import type { CellRequest } from "./run-cell.ts";

export interface RoundsOptions {
  readonly bench: string;
  readonly cells: readonly Cell[];
  readonly rounds: number;
  readonly scale: number;
  /** Options of Node for every cell's process, such as `--cpu-prof`. */
  readonly nodeOptions: readonly string[];
  readonly progress: (done: number, of: number, cell: string) => void;
}

/**
 * Runs every cell once a round, each in a fresh process, group by group. Within a group the order turns by one each round:
 * what the machine does meanwhile falls on all of them alike. Cells that are run once come last.
 */
export async function runRounds(options: RoundsOptions): Promise<Results> {
  const { cells, rounds } = options;
  const outcomes = new Map<string, Outcome[]>(cells.map((cell) => [cellId(cell), []]));
  const order = [
    ...Array.from({ length: rounds }, (_, round) => inRound(cells, round)).flat(),
    ...cells.filter(({ once: isOnce }) => isOnce === true),
  ];
  for (const [done, cell] of order.entries()) {
    options.progress(done, order.length, cellId(cell));
    const outcome = await runInProcess({ bench: options.bench, cell: cellId(cell), scale: options.scale }, options);
    outcomes.get(cellId(cell))?.push(outcome);
  }
  return new Results(cells, outcomes);
}

function inRound(cells: readonly Cell[], round: number): readonly Cell[] {
  const many = cells.filter((cell) => cell.once !== true);
  const names = new Set(many.map(({ group }) => group));
  return [...names].flatMap((name) => {
    const group = many.filter((cell) => cell.group === name);
    const first = round % group.length;
    return [...group.slice(first), ...group.slice(0, first)];
  });
}

async function runInProcess(request: CellRequest, { nodeOptions }: RoundsOptions): Promise<Outcome> {
  const child = fork(new URL("./run-cell.js", import.meta.url), [JSON.stringify(request)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [...nodeOptions],
  });
  let outcome: Outcome | undefined;
  child.on("message", (message) => {
    outcome = message as Outcome;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (outcome === undefined) throw new Error(`${request.cell} ended with ${code} and no result`);
  return outcome;
}
