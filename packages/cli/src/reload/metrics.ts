import { formatPrometheus, type ReloaderReport } from "@plumbline/watch";

/** What the sidecar counts beyond the reloader. */
export interface SidecarCounts {
  readonly unset: number;
  readonly rollbacks: number;
}

/** Prometheus' text, with the names that users of Thanos' reloader know. */
export function formatMetrics(report: ReloaderReport, { unset, rollbacks }: SidecarCounts): string {
  return `${formatPrometheus(report)}# HELP reloader_config_environment_variable_expansion_errors Variables that the last content names and that are not set.
# TYPE reloader_config_environment_variable_expansion_errors gauge
reloader_config_environment_variable_expansion_errors ${unset}
# HELP reloader_rollbacks_total Times that the outputs went back to the last good ones, since the target refused new ones.
# TYPE reloader_rollbacks_total counter
reloader_rollbacks_total ${rollbacks}
`;
}
