import type { Durability } from "@plumbline/core";
import type { ContenderId, OpenOptions } from "./contender.ts";
import type { SizeMix } from "./mark.ts";

/** The ways in which a process ends that should not cost a line. */
export const EXITS = ["process.exit", "throw", "rejection", "SIGTERM", "SIGINT", "beforeExit"] as const;
export type Exit = (typeof EXITS)[number];

/** Writes until it is told to stop, or until `count`, and closes. */
export interface StreamAct {
  readonly name: "stream";
  readonly writer: string;
  readonly count: number;
  readonly mix: SizeMix;
  /** Writes that are under way at a time. */
  readonly lanes: number;
}

/** The same from several worker threads, each with a sink of its own on the one path. */
export interface ThreadsAct {
  readonly name: "threads";
  readonly threads: readonly StreamAct[];
}

/** Writes, and then ends without closing. */
export interface BurstAct {
  readonly name: "burst";
  readonly writer: string;
  readonly count: number;
  readonly mix: SizeMix;
  readonly exit: Exit;
  /** After these events the event loop turns once. */
  readonly turnsAfter: readonly number[];
  /** Jobs that keep the thread pool busy, in rounds of hashing, begun before the last events. */
  readonly poolJobs: readonly number[];
}

/** Fills a disk, waits until it was emptied, and goes on. */
export interface FillAct {
  readonly name: "fill";
  readonly writer: string;
  readonly before: number;
  readonly after: number;
}

/** Opens each of these files in turn, as a crash left them, writes a little, and closes. */
export interface ReopenAct {
  readonly name: "reopen";
  readonly paths: readonly string[];
  readonly count: number;
}

/** Writes through a disk whose calls fail, write short and take their time. */
export interface FaultyDiskAct {
  readonly name: "faulty-disk";
  readonly durability: Durability;
  readonly seed: number;
  readonly writer: string;
  readonly count: number;
  readonly mix: SizeMix;
}

/** Writes until the power goes, and leaves the files as the device has them then. */
export interface PowerCutAct {
  readonly name: "power-cut";
  /** What every line asks for. */
  readonly durability: Durability;
  /** The sink's own class. */
  readonly sinkDurability: Durability;
  readonly seed: number;
  readonly writer: string;
  readonly mix: SizeMix;
  /** The power goes at this call of the file system. */
  readonly atCall: number;
}

/** Claims a path from several threads whenever it is told to, and holds it until it is told to let go. */
export interface ClaimsAct {
  readonly name: "claims";
  /** One thread for each, by its name. */
  readonly claimants: readonly string[];
  /** A name that the kernel gives to one process at a time, and takes back when that ends: what says who really owns. */
  readonly witness: string;
}

/** Hands events over at a fixed rate while the disk answers nothing. */
export interface StallAct {
  readonly name: "stall";
  readonly writer: string;
  readonly stalledMs: number;
  readonly eventsPerSecond: number;
}

export type Act =
  | ClaimsAct
  | StreamAct
  | ThreadsAct
  | BurstAct
  | FillAct
  | ReopenAct
  | FaultyDiskAct
  | PowerCutAct
  | StallAct;

/** What a child process is to do. */
export interface Job {
  readonly contender: ContenderId;
  readonly open: OpenOptions;
  readonly act: Act;
}
