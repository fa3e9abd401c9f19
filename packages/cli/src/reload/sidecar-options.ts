import type { HttpTriggerOptions, SignalTarget } from "@plumbline/watch";
import type { VariableSyntax } from "./substitute.ts";

/** A config file, and where it is written with its variables put in. Both absolute. */
export interface ConfigFile {
  readonly input: string;
  /** `undefined`: the target reads the file itself. */
  readonly output: string | undefined;
}

/** A directory, and the one that its files are written to with their variables put in. Both absolute. */
export interface ConfigDirectory {
  readonly input: string;
  readonly output: string;
}

/** How the target is told. */
export type TellOptions =
  /** It is not: it watches the output itself. */
  | { readonly kind: "none" }
  | { readonly kind: "http"; readonly http: Omit<HttpTriggerOptions, "onAnswer" | "clock"> }
  | { readonly kind: "signal"; readonly target: SignalTarget; readonly signal: NodeJS.Signals }
  | {
      readonly kind: "command";
      readonly command: readonly string[];
      /** Exit codes by which it says that the config is bad. */
      readonly refusedExitCodes: readonly number[];
      readonly timeoutMs: number;
    };

/** What the sidecar does, checked. Durations in milliseconds, paths absolute. */
export interface SidecarOptions {
  readonly configFile: ConfigFile | undefined;
  readonly directories: readonly ConfigDirectory[];
  /** Watched, and read by the target itself. */
  readonly watchedDirectories: readonly string[];
  readonly syntax: VariableSyntax;
  /** Whether a variable that is not set stays as it is written, instead of refusing the content. */
  readonly toleratesUnset: boolean;
  /** Run on what the config file became; `{}` stands for the path. */
  readonly validate: readonly string[] | undefined;
  /** Run on each file of the directories that is not as it was, likewise. */
  readonly validateEach: readonly string[] | undefined;
  readonly validateTimeoutMs: number;
  readonly tell: TellOptions;
  /** Milliseconds for telling the target once. */
  readonly reloadTimeoutMs: number;
  readonly watchIntervalMs: number;
  readonly delayMs: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** How often the target may refuse one content before it is given up, if it takes the last good one at the same moment. */
  readonly maxRefusals: number;
  /** Permission bits of an output that is not there yet. */
  readonly outputMode: number;
  /** Where the copy of the last good input is kept; `undefined`: nowhere. */
  readonly lastGoodPath: string | undefined;
}
