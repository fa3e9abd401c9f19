import type { Clock, PlumblineError } from "@plumbline/core";
import type { PlumblineConfig } from "./config/config.ts";
import { invalidConfig } from "./config/invalid-config.ts";
import { type GivenContent, type LoadedConfig, loadConfig } from "./config/load.ts";
import type { OtelEnvironment } from "./otel-environment.ts";
import { planSystem } from "./plan.ts";
import type { SystemPlan } from "./system-plan.ts";

/** Where a service's config comes from, the same at its start and at each reload. */
export interface ConfigReaderOptions {
  readonly configFile: string | false | undefined;
  readonly overrides: PlumblineConfig;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly environment: OtelEnvironment;
  readonly clock: Clock;
}

/** A config that was read, and what it would wire; or `PLB_CONFIG_INVALID`. */
export type ReadConfig =
  | { readonly loaded: LoadedConfig; readonly plan: SystemPlan }
  | { readonly loaded: LoadedConfig; readonly plan: undefined; readonly error: PlumblineError };

/** Reads a service's config. */
export class ConfigReader {
  readonly options: ConfigReaderOptions;

  constructor(options: ConfigReaderOptions) {
    this.options = options;
  }

  /** Reads it; with `content`, what that says in the place of what the file does. Never rejects. */
  async read(content?: GivenContent): Promise<ReadConfig> {
    const { configFile, overrides, cwd, env, environment, clock } = this.options;
    const loaded = await loadConfig({ configFile, overrides, cwd, env: content?.env ?? env, content });
    const { plan, problems } = await planSystem(loaded, { environment, cwd, clock });
    return plan === undefined ? { loaded, plan, error: invalidConfig(problems) } : { loaded, plan };
  }

  /** As {@link read}. Rejects with `PLB_CONFIG_INVALID`. */
  async plan(content?: GivenContent): Promise<SystemPlan> {
    const read = await this.read(content);
    if (read.plan === undefined) throw read.error;
    return read.plan;
  }
}
