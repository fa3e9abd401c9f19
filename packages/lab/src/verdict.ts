import type { Cell } from "./cell.ts";
import { CONTENDERS } from "./contenders.ts";
import { largeLines } from "./scenarios/large-lines.ts";

/** Why a cell fails the run; `undefined` when it does not. Peers never do: they are shown as they are. */
export function failureOf(cell: Cell): string | undefined {
  if (cell.runs === 0 || cell.due === 0) return ["nothing was run", ...cell.faults].join("; ");
  const { role } = CONTENDERS[cell.contender];
  if (role === "ours") return failureOfOurs(cell);
  if (role === "control" && cell.scenario === largeLines.id && cell.torn === 0) {
    return "the control without a gate did not tear: this run could not have seen a torn line";
  }
  return undefined;
}

function failureOfOurs(cell: Cell): string | undefined {
  const counts = [
    [cell.isPromised ? cell.lost : 0, "lost"],
    [cell.torn, "torn"],
    [cell.repeated, "repeated"],
    [cell.reordered, "reordered"],
  ] as const;
  const wrong = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (wrong.length === 0 && cell.faults.length === 0) return undefined;
  return [...wrong, ...cell.faults].join("; ");
}
