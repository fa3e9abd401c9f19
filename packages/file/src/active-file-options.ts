import type { Clock, JournalLocation } from "@plumbline/core";
import type { FileDriver } from "./file-driver.ts";
import type { Recovered } from "./recovery.ts";

/** What others did to the file while it was being written; `holed`: they have cut it short just before a write behind its old end. */
export type ForeignChange = "truncated" | "grown" | "moved" | "holed";

/** A descriptor that lines go to no more: of a file renamed for sealing (`path`), or moved away by others. */
export interface FileLeft {
  readonly fd: number;
  readonly path: string | undefined;
}

export interface ActiveFileOptions {
  readonly location: JournalLocation;
  readonly driver: FileDriver;
  readonly clock: Clock;
  readonly mode: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly random: () => number;
  /**
   * In the class `fsynced`: resolves when all that is in the file is on the device, before anything goes into the next one,
   * so that a power cut leaves no hole between two files. The folder is synced then, too.
   */
  readonly syncLeft: (() => Promise<void>) | undefined;
  /** Does work that finds the file's end anew, or opens another file under the path, while nothing is synced. */
  readonly betweenSyncs: <T>(work: () => Promise<T>) => Promise<T>;
  /** Syncs and closes the descriptor, and seals what has a path. */
  readonly onLeft: (file: FileLeft) => void;
  /** What stands before `end` is nobody's line any more. */
  readonly onHole: (fd: number, end: number) => void;
  readonly onRotationFailed: (error: unknown) => void;
  readonly onRecovered: (recovered: Recovered) => void;
  readonly onForeignChange: (change: ForeignChange) => void;
  /** Makes the folder again where it is gone, and makes sure that this thread still owns the file. */
  readonly confirmPlace: () => Promise<void>;
}
