import type { SystemPlan } from "../system-plan.ts";
import type { RunningSystem } from "../system.ts";
import type { ReloadHost } from "../telemetry.ts";
import type { ReloadResult } from "./reloads.ts";

/** Reloads that are asked for: the config is read again as it was at the start. */
export class ConfigReload implements ReloadHost {
  readonly isWatching = false;
  readonly #system: RunningSystem;
  readonly #plan: () => Promise<SystemPlan>;

  /** `plan` reads the config; it rejects with what is wrong with it. */
  constructor(system: RunningSystem, plan: () => Promise<SystemPlan>) {
    this.#system = system;
    this.#plan = plan;
  }

  async reload(): Promise<ReloadResult> {
    let plan: SystemPlan;
    try {
      plan = await this.#plan();
    } catch (error) {
      throw this.#system.reject(error);
    }
    return this.#system.apply(plan, "file");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
