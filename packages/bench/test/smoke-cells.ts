import { cellId, type Cell, type Outcome } from "../src/frame/bench.ts";

/**
 * Some of a bench's cells, with every group and every name among them: enough where what a cell does is told by these two alone. A group is shown by
 * ours, of which the oracle lets nothing be missing, and of several by the last, which promises the most.
 */
export function smokeCells(cells: readonly Cell[]): readonly Cell[] {
  const groups = [...new Set(cells.map(({ group }) => group))];
  const chosen = groups.flatMap((group) => {
    const own = cells.filter((cell) => cell.group === group);
    return own.findLast(({ name }) => name.startsWith("plumbline")) ?? own.slice(0, 1);
  });
  for (const cell of cells) if (!chosen.some(({ name }) => name === cell.name)) chosen.push(cell);
  return cells.filter((cell) => chosen.includes(cell));
}

/** Outcomes of all cells, where only some were run: cells of one group have the same figures. */
export function standInFor(
  cells: readonly Cell[],
  outcomes: ReadonlyMap<string, Outcome[]>,
): ReadonlyMap<string, Outcome[]> {
  return new Map(
    cells.map((cell) => {
      const run = outcomes.has(cellId(cell))
        ? cell
        : cells.find((other) => other.group === cell.group && outcomes.has(cellId(other)));
      return [cellId(cell), (run && outcomes.get(cellId(run))) ?? []];
    }),
  );
}
