import type { RequestAttributes } from "./payload.ts";

/** A logger that is open on a file. */
export interface OpenLogger {
  log(attributes: RequestAttributes): void;
  /** Resolves when the logger says that all is on its way to the file and it is closed. */
  close(): Promise<void>;
}

/** A logger as it is run: one configuration, with or without redaction. */
export interface Contender {
  readonly name: string;
  /** What it takes out: by `rules` of its own, by the paths it was `told`, or nothing. */
  readonly redaction: "default rules" | "told paths" | "none";
  open(path: string): Promise<OpenLogger>;
}
