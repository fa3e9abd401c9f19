export {
  createLogsEncoder,
  type EncodedRequest,
  type LogsEncoder,
  type LogsEncoderOptions,
  type OtlpForm,
} from "./encode/logs-encoder.ts";
