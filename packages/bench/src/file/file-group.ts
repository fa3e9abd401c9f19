import type { Class, Contender } from "../contenders/contender.ts";
import type { Cell } from "../frame/bench.ts";
import type { Load } from "../load/loads.ts";
import { logToFile } from "../load/log-to-file.ts";
import type { Payload } from "../load/payload.ts";

/** A group of cells: the same events under the same load in the same class. */
export interface FileGroup {
  readonly name: string;
  readonly durability: Class;
  readonly payload: Payload;
  readonly isPaced: boolean;
  readonly events: number;
  readonly warmUpEvents: number;
  readonly timedEvents: number;
  readonly load: Load;
  readonly warmUp: Load;
  readonly contenders: readonly Contender[];
}

/** The name of a cell in its group. */
export function nameOf({ name, redaction }: Contender): string {
  return redaction === "none" ? name : `${name}, ${redaction}`;
}

/** Every contender of a group. */
export function cellsOf(group: FileGroup): readonly Cell[] {
  return group.contenders.map((contender) => ({
    group: group.name,
    name: nameOf(contender),
    run: (scratch) => logToFile({ ...group, contender }, scratch),
  }));
}
