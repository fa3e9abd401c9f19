import type { Scenario } from "./scenario.ts";
import { exitInFlight } from "./scenarios/exit-in-flight.ts";
import { exits } from "./scenarios/exits.ts";
import { faultyDisk } from "./scenarios/faulty-disk.ts";
import { fullDisk, sizeLimit } from "./scenarios/full-disk.ts";
import { kill } from "./scenarios/kill.ts";
import { largeLines } from "./scenarios/large-lines.ts";
import { onePath } from "./scenarios/one-path.ts";
import { ownership } from "./scenarios/ownership.ts";
import { powerCut } from "./scenarios/power-cut.ts";
import { rotation } from "./scenarios/rotation.ts";
import { stalledDisk } from "./scenarios/stall.ts";
import { tornTail } from "./scenarios/torn-tail.ts";

/** Every scenario, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  largeLines,
  kill,
  powerCut,
  tornTail,
  exits,
  exitInFlight,
  fullDisk,
  sizeLimit,
  faultyDisk,
  stalledDisk,
  rotation,
  onePath,
  ownership,
];
