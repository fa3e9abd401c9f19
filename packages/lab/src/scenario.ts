import type { Tally } from "./cell.ts";
import type { ContenderId } from "./contender.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Workshop } from "./workshop.ts";

/** How much of a scenario is run. */
export type Length = "short" | "long";

/** What a scenario needs to run. */
export interface Lab {
  /** Of the whole run; a scenario derives its own from it. */
  readonly seed: number;
  readonly length: Length;
  readonly workshop: Workshop;
}

/** A contender's part in a scenario, and how many runs it gets. */
export interface Entry {
  readonly contender: ContenderId;
  readonly runs: Readonly<Record<Length, number>>;
}

/** What the machine lacks for a cell. */
export interface Skipped {
  readonly skipped: string;
}

/** One way to make a file sink fail. */
export interface Scenario {
  /** Stands in the table, and in seeds. */
  readonly id: string;
  /** One sentence: what is done, and what may not happen. */
  readonly what: string;
  readonly entries: readonly Entry[];
  /** Measures something that other runs beside it would spoil: it is run before all others, alone. */
  readonly runsAlone?: boolean;
  /** Runs that are done as one, because each takes up what the one before left; 1 when absent. */
  readonly chainLength?: number;
  /** Whether this contender promises to lose nothing here. */
  isPromised(contender: ContenderId): boolean;
  /** Does the runs from `first` on, `count` of them, as their numbers and the seed say, and puts what came of them into the tally. */
  run(contender: ContenderId, first: number, count: number, tally: Tally, lab: Lab): Promise<Skipped | undefined>;
}

/** Entries for contenders that get the same number of runs. */
export function entries(short: number, long: number, ...contenders: readonly ContenderId[]): readonly Entry[] {
  return contenders.map((contender) => ({ contender, runs: { short, long } }));
}

/** Every logger that is not ours, without the control. */
export const PEERS: readonly ContenderId[] = [
  "mutexed-append",
  "pino-sync",
  "pino-async",
  "pino-transport",
  "winston",
  "logtape",
  "logtape-non-blocking",
];

/** For scenarios in which everything of ours promises to lose nothing. */
export function promisedByOurs(contender: ContenderId): boolean {
  return CONTENDERS[contender].role === "ours";
}
