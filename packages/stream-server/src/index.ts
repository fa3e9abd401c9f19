export { STREAM_SERVER_ERRORS } from "./error-codes.ts";
export { STREAM_SERVER_DEFAULTS, type StreamServerOptions, type StreamServerTls } from "./options.ts";
export { streamServer } from "./plugin.ts";
export type { StreamServerConfig } from "./plugin-options.ts";
export type { StreamServerStatus } from "./server-report.ts";
export type { SubscriberStatus } from "./session-state.ts";
export { createStreamServer, type StreamServer } from "./stream-server.ts";
export { readToken, tokenFilePath } from "./token-file.ts";
