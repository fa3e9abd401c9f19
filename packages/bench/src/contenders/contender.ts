import type { Attributes } from "../load/payload.ts";

/** What a line that was acknowledged is safe from: nothing, the end of the process, the end of the machine. */
export type Class = "buffered" | "written" | "fsynced";

/** A logger that is open on a file. */
export interface OpenLogger {
  log(attributes: Attributes): void;
  /** Logs, and resolves when the line has reached the class for which the logger was opened. */
  logAcknowledged(attributes: Attributes): Promise<unknown>;
  /** Resolves when the logger says that all is on its way to the file and it is closed. */
  close(): Promise<void>;
}

/** A logger in one configuration. */
export interface Contender {
  readonly name: string;
  /** What it takes out: by `rules` of its own, by the paths it was `told`, or nothing. */
  readonly redaction: "default rules" | "told paths" | "none";
  /** What stands in comparison to the others' work: such a contender makes fewer lines in the same time. Default 1. */
  readonly slowness?: number;
  /** The classes that it can promise. */
  readonly classes: readonly Class[];
  /** Loads the logger and opens it. It is imported here, so that no contender pays for another's memory. */
  open(path: string, durability: Class): Promise<OpenLogger>;
}

/** For loggers that have done it when the call returns. */
export const DONE: Promise<void> = Promise.resolve();
