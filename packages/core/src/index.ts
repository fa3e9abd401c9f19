export * from "./attributes.ts";
export * from "./clock.ts";
export * from "./durability.ts";
export * from "./errors.ts";
export * from "./event.ts";
export * from "./id.ts";
export * from "./journal.ts";
export * from "./ledger.ts";
export * from "./limits.ts";
export * from "./line-record.ts";
export { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "./units.ts";
export * from "./parse-line.ts";
export * from "./plugin/condition.ts";
export * from "./plugin/destination.ts";
export * from "./plugin/detector.ts";
export * from "./plugin/line-encoder.ts";
export * from "./plugin/pickup.ts";
export * from "./plugin/plugin.ts";
export * from "./plugin/processor.ts";
export * from "./plugin/service.ts";
export * from "./plugin/sink.ts";
export * from "./plugin/source.ts";
export * from "./redact/create-redactor.ts";
export { DETECTOR_GROUPS } from "./redact/default-detectors.ts";
export type { OwnPattern } from "./redact/detectors/own-pattern.ts";
export { isInKey, PRIVATE_KEY_RULE } from "./redact/key-lines.ts";
export {
  hasValuesInTurn,
  type ListPlace,
  namedBy,
  type NameJudge,
  type PairName,
  type PairRole,
  pairRole,
  ruleOfItem,
  ruleOfNamed,
  ruleOfNested,
} from "./redact/pair-shapes.ts";
export { isNoValue, isTestCount } from "./redact/no-value.ts";
export * from "./redact/redaction-options.ts";
export * from "./redact/redactor.ts";
export type { DetectorDescription, DetectorExamples, DetectorGroup } from "./redact/text-detector.ts";
export * from "./read-line.ts";
export * from "./resource.ts";
export * from "./ring.ts";
export { formatTimestamp, parseTimestamp } from "./serialize/timestamp.ts";
export * from "./serialize/write-line.ts";
export * from "./severity.ts";
export { CORE_ERRORS, type CoreErrorCode } from "./error-codes.ts";
export { createBackoff, type Backoff, type BackoffOptions } from "./pipeline/backoff.ts";
export { EmitGuard } from "./pipeline/emit-guard.ts";
export { createPipeline } from "./pipeline/event-pipeline.ts";
export { createLineFilter, isNamePattern, type LineFilterOptions, type NamePatterns } from "./pipeline/line-filter.ts";
export {
  OUTPUT_DEFAULTS,
  type BatchOptions,
  type OutputDefaults,
  type OutputOptions,
  type QueueOptions,
  type QueuePolicy,
  type RetryOptions,
} from "./pipeline/output-options.ts";
export * from "./pipeline/pipeline.ts";
export { writeBatch, type WriteBatchOptions, type WriteOutcome, type WriteResult } from "./pipeline/write-batch.ts";
export type { NamedProcessor } from "./pipeline/processor-chain.ts";
export type { IntakeReport, ProcessorReport, TelemetryReport } from "./pipeline/telemetry-report.ts";
export * from "./plugin/define-plugin.ts";
export * from "./plugin/isolate.ts";
export * from "./plugin/plugin-instance.ts";
export * from "./plugin/plugin-options.ts";
export * from "./plugin/registry.ts";
export * from "./report-once.ts";
export { createRateLimitProcessor, rateLimit, type RateLimitOptions } from "./processors/rate-limit.ts";
export { createSamplingProcessor, sampling, type SamplingOptions } from "./processors/sampling.ts";
export { observeReport, REPORT_METRICS, type ObserveReportOptions } from "./pipeline/report-metrics.ts";
export {
  type InstrumentDescription,
  type InstrumentObservation,
  observeInstruments,
  type ObserveInstrumentsOptions,
  type SeeMetric,
} from "./pipeline/observe-instruments.ts";
export {
  choiceOption,
  createOptionsSchema,
  numberOption,
  type OptionReader,
  type OptionReaders,
} from "./processors/options-schema.ts";
