export { createLogsEncoder } from "./encode/logs-encoder.ts";
export type { EncodedRequest, OtlpForm, RequestEncoder, RequestEncoderOptions } from "./encode/request-encoder.ts";
export { OTLP_ERRORS } from "./error-codes.ts";
export {
  createFileExporter,
  type ExportProgress,
  type FileExporter,
  type FileExporterHost,
} from "./file-export/export-file.ts";
export { createOtlpJsonEncoder, type OtlpJsonEncoderOptions } from "./otlp-json-encoder.ts";
export { createOtlpSink, type OtlpSink, type OtlpSinkHost } from "./otlp-sink.ts";
export type { OtlpErrorCode } from "./otlp-error.ts";
export { otlp } from "./plugin.ts";
export {
  createOtlpLogRecordExporter,
  createOtlpMetricExporter,
  createOtlpSpanExporter,
  type OtlpLogRecordExporter,
  type OtlpMetricExporter,
  type OtlpSpanExporter,
  type SdkExporter,
  type SdkExporterOptions,
} from "./sdk/create-exporters.ts";
export type * from "./sdk/sdk-shapes.ts";
export {
  OTLP_DEFAULTS,
  type OtlpDefaults,
  type OtlpHeaders,
  type OtlpOptions,
  type OtlpProtocol,
  type OtlpSignalOptions,
} from "./settings/options.ts";
