import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCHES } from "../benches.ts";
import { cellId } from "./bench.ts";

/** One cell to run in a process of its own. */
export interface CellRequest {
  readonly bench: string;
  readonly cell: string;
  readonly scale: number;
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? "{}") as CellRequest;
  const cell = BENCHES.find(({ name }) => name === request.bench)?.cells.find((each) => cellId(each) === request.cell);
  if (cell === undefined) throw new Error(`there is no cell ${request.cell} in ${request.bench}`);
  const directory = mkdtempSync(join(tmpdir(), "plumbline-bench-"));
  try {
    process.send?.(await cell.run({ directory, scale: request.scale, outside: true }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
    process.disconnect?.();
  }
}

void main();
