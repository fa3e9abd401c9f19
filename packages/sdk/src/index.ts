export { checkAsserts } from "./check-asserts.ts";
export type * from "./config/config.ts";
export {
  defineConfig,
  type ProcessorOptionsByUse,
  type SinkOptionsByUse,
  type TypedConfig,
  type TypedProcessor,
  type TypedSink,
} from "./config/define-config.ts";
export { type ConfigKey, describeConditions, describeConfig, describeSinks } from "./config/describe.ts";
export { CONFIG_FILE_NAMES, CONFIG_FILE_VARIABLE, findConfigFile, type FoundFile } from "./config/find-file.ts";
export type { HostFacts } from "./conditions/host-facts.ts";
export { configJsonSchema } from "./config/json-schema.ts";
export { type LoadedConfig, loadConfig, type LoadOptions } from "./config/load.ts";
export { type ConfigPath, type ConfigProblem, formatPath, formatPlace, formatProblem } from "./config/problem.ts";
export { type DurationInput, type Level, type LevelInput, type SizeInput } from "./config/schema-fields.ts";
export type { DescriptorInput, PlainFileInput } from "./config/schema-file.ts";
export { parseDuration, parseSize } from "@plumbline/core";
export { SDK_ERRORS, type SdkErrorCode } from "./error-codes.ts";
export { getTelemetry } from "./instance.ts";
export type { AsyncEventOptions, EventOptions, Logger, LogMethod, LogMethods } from "./logger.ts";
export { type OtelEnvironment, readOtelEnvironment } from "./otel-environment.ts";
export { type PlanOptions, type PlanOutcome, planSystem } from "./plan.ts";
export {
  findReportSockets,
  type FoundReportSocket,
  readReport,
  type ReadReportOptions,
  removeStaleSockets,
} from "./report-client.ts";
export type { ReportSocketName } from "./report-path.ts";
export { RELOAD_METRICS } from "./reload/reload-metrics.ts";
export type {
  ConfigOrigin,
  RejectedReport,
  ReloadListener,
  ReloadNotice,
  ReloadReport,
  ReloadResult,
} from "./reload/reloads.ts";
export { type RuntimeOptions, start, startHost, type StartOptions } from "./start.ts";
export type { ServedPipeline } from "./journaled/whole-pipeline.ts";
export type { RunningSystem } from "./system.ts";
export { componentsFolder, type SkippedComponent, type SystemPlan, type WiredComponent } from "./system-plan.ts";
export type { SkippedReport, SystemReport } from "./system-report.ts";
export type { Telemetry } from "./telemetry.ts";
