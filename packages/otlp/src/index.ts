export { createLogsEncoder } from "./encode/logs-encoder.ts";
export type { EncodedRequest, OtlpForm, RequestEncoder, RequestEncoderOptions } from "./encode/request-encoder.ts";
export { OTLP_ERRORS } from "./error-codes.ts";
export { createOtlpSink, type OtlpSink, type OtlpSinkHost } from "./otlp-sink.ts";
export type { OtlpErrorCode } from "./otlp-error.ts";
export { otlp } from "./plugin.ts";
export {
  OTLP_DEFAULTS,
  type OtlpDefaults,
  type OtlpHeaders,
  type OtlpOptions,
  type OtlpProtocol,
  type OtlpSignalOptions,
} from "./settings/options.ts";
