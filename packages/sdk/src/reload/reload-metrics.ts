import { type Clock, type InstrumentObservation, observeInstruments } from "@plumbline/core";
import type { ReloadReport } from "./reloads.ts";

/** The metrics of reloads, by name, beside those of the account. */
export const RELOAD_METRICS = {
  "plumbline.reload.count": {
    type: "counter",
    unit: "{reload}",
    description: "Configs given to the running service, by outcome (applied, unchanged, rejected).",
  },
  "plumbline.reload.generation": {
    type: "gauge",
    unit: "{config}",
    description: "How many configs were put in force, the one at the start included.",
  },
  "plumbline.reload.last.successful": {
    type: "gauge",
    unit: "1",
    description: "1 where the config that was given last is in force, 0 where it was rejected.",
  },
  "plumbline.reload.last.applied.time": {
    type: "gauge",
    unit: "s",
    description: "When the config in force was put there, in seconds since 1970.",
  },
  "plumbline.reload.down": {
    type: "gauge",
    unit: "{component}",
    description: "Components that a failed hand-over left closed, and that are started again and again.",
  },
} as const;

/** Shows the reloads of a system as OpenTelemetry metrics, until it is closed. */
export function observeReloads(report: () => ReloadReport, clock: Clock): InstrumentObservation {
  return observeInstruments({
    catalog: RELOAD_METRICS,
    clock,
    record: (see) => {
      const reload = report();
      for (const outcome of ["applied", "unchanged", "rejected"] as const) {
        see("plumbline.reload.count", reload[outcome], { outcome });
      }
      see("plumbline.reload.generation", reload.generation, {});
      see("plumbline.reload.last.successful", reload.lastRejected === undefined ? 1 : 0, {});
      see("plumbline.reload.last.applied.time", Date.parse(reload.appliedAt) / 1000, {});
      see("plumbline.reload.down", reload.down.length, {});
    },
  });
}
