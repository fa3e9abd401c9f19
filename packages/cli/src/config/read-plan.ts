import type { Plugin } from "@plumbline/core";
import type { ConfigProblem, PlumblineConfig, SystemPlan } from "@plumbline/sdk";
import type { Console } from "../terminal/console.ts";
import { InvalidConfigError } from "./invalid-config-error.ts";

/** A config that was looked at, and everything that is wrong with it. */
export interface ReadPlan {
  /** The file, absolute; `undefined` when there is none. */
  readonly file: string | undefined;
  readonly plan: SystemPlan | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** `--config`: a file's name, `false` for none at all, `undefined` for the one that a service here would use. */
export type ConfigOption = string | false | undefined;

/**
 * Reads a config and says what it would wire. Starts nothing and never throws for what is wrong with it. Plugins that the command has loaded for itself are there
 * by their ids, also where the config's own project lacks them.
 */
export async function readPlan(
  console: Console,
  configFile: ConfigOption,
  overrides: PlumblineConfig = {},
  own: readonly Plugin[] = [],
): Promise<ReadPlan> {
  // Loaded when a command needs a config: reading a file back does not.
  const { loadConfig, planSystem, readOtelEnvironment } = await import("@plumbline/sdk");
  const { cwd, env, clock } = console;
  const loaded = await loadConfig({ configFile, cwd, env, overrides });
  const { plan, problems } = await planSystem(
    { ...loaded, plugins: [...loaded.plugins, ...own] },
    { environment: readOtelEnvironment(env), cwd, clock },
  );
  return { file: loaded.file, plan, problems };
}

/** As {@link readPlan}, for a command that needs it right. Throws {@link InvalidConfigError} with every problem. */
export async function requirePlan(
  console: Console,
  configFile: ConfigOption,
  overrides: PlumblineConfig = {},
  own: readonly Plugin[] = [],
): Promise<SystemPlan> {
  const { plan, problems } = await readPlan(console, configFile, overrides, own);
  if (plan === undefined) throw new InvalidConfigError(problems);
  return plan;
}
