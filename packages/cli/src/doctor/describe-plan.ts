import type { SystemPlan } from "@plumbline/sdk";

/** What a config would wire, in JSON values. */
export interface PlanDescription {
  /** Absolute; `null` for the built-in default. */
  readonly configFile: string | null;
  readonly service: string;
  readonly journal: JournalDescription | null;
  readonly dataDir: string | null;
  readonly components: readonly ComponentDescription[];
}

export interface JournalDescription {
  readonly path: string;
  readonly durability: string;
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
  readonly keep: number | null;
  readonly compress: string;
}

export interface ComponentDescription {
  /** Its place in the config: `sinks.alerts`. */
  readonly path: string;
  readonly kind: string;
  /** What the config names for one that is skipped, else the plugin's id. */
  readonly uses: string;
  /** Why it is skipped; `null` for one that would be wired. */
  readonly skipped: string | null;
  /** Why an assertion keeps everything from being started; `null` where none does. */
  readonly failedAssert: string | null;
}

/** Says what a plan holds, without any option of a component: those may be secrets. */
export function describePlan(plan: SystemPlan): PlanDescription {
  const { journal } = plan;
  return {
    configFile: plan.configFile ?? null,
    service: String(plan.resource["service.name"]),
    journal:
      journal === undefined
        ? null
        : {
            path: journal.path,
            durability: journal.durability ?? "written",
            maxBytes: journal.rotate?.maxBytes ?? null,
            maxAgeMs: journal.rotate?.maxAgeMs ?? null,
            keep: journal.rotate?.keep ?? null,
            compress: journal.rotate?.compress ?? "none",
          },
    dataDir: plan.dataDir ?? null,
    components: plan.components.map((component) => ({
      path: component.path,
      kind: component.kind,
      uses: component.isWired ? component.plugin.id : component.use,
      skipped: component.isWired ? null : component.reason,
      failedAssert: component.isWired ? (component.failedAssert ?? null) : null,
    })),
  };
}
