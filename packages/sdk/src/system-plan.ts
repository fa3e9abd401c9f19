import type { Plugin, PluginKind, Resource } from "@plumbline/core";
import { join } from "node:path";
import type { Config, JournalConfig } from "./config/config.ts";

/** A component that is to be made: its plugin, and the options that its schema gave back. */
export interface WiredComponent {
  readonly isWired: true;
  readonly kind: PluginKind;
  readonly name: string;
  /** Its place in the config: `sinks.alerts`. */
  readonly path: string;
  readonly plugin: Plugin;
  readonly options: unknown;
  /** The options as the config gives them: what tells whether a reload changes anything. */
  readonly given: unknown;
  /** The folder that relative paths in its options start from. */
  readonly baseDir: string;
  /** Why an assertion of the component does not hold, so that nothing can be started. */
  readonly failedAssert: string | undefined;
}

/** A component that is left out, and why. */
export interface SkippedComponent {
  readonly isWired: false;
  readonly kind: PluginKind;
  readonly name: string;
  readonly path: string;
  readonly use: string;
  readonly reason: string;
}

/** What a config would wire: nothing in it is made or opened yet. */
export interface SystemPlan {
  /** The config file, absolute; `undefined` for the built-in default and for what was given in code alone. */
  readonly configFile: string | undefined;
  readonly config: Config;
  readonly resource: Resource;
  /** With its path filled in and absolute. */
  readonly journal: JournalConfig | undefined;
  /** Where components keep their own data; `undefined` where nothing is kept on disk. */
  readonly dataDir: string | undefined;
  /** What the names of this service's files begin with. */
  readonly stem: string;
  readonly components: readonly (WiredComponent | SkippedComponent)[];
}

/**
 * The folder in which each component of a plan has one of its own, named for its path; `undefined` where nothing is kept on disk. It goes by the stem, so that two
 * processes of one service share none: one whose journal is in another slot than the first gives that slot's.
 */
export function componentsFolder({ dataDir, stem }: Pick<SystemPlan, "dataDir" | "stem">): string | undefined {
  return dataDir === undefined ? undefined : join(dataDir, `${stem}.data`);
}
