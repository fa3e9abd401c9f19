import { createSystemClock, type Clock, type Durability } from "@plumbline/core";
import { SUBSCRIPTION_DEFAULTS, type StreamDiagnostics, type StreamSource } from "@plumbline/stream";
import { isLoopback, parseListenAddress, type ListenAddress } from "./listen-address.ts";
import { STREAM_SERVER_DEFAULTS, type StreamServerOptions, type StreamServerTls } from "./options.ts";
import { serverError } from "./server-error.ts";
import { isToken } from "./token-file.ts";

/** Options with every default in its place. */
export interface ServerSettings {
  readonly journal: StreamSource;
  readonly address: ListenAddress;
  readonly auth: "token" | "none";
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly allowedHosts: ReadonlySet<string>;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly tls: StreamServerTls | undefined;
  readonly durability: Durability;
  readonly maxConnections: number;
  readonly maxBufferedBytes: number;
  readonly maxEventsPerSecond: number | false;
  readonly maxBatchBytes: number;
  readonly maxBatchCount: number;
  readonly maxFilterEntries: number;
  readonly heartbeatMs: number;
  readonly stallTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly diagnostics: StreamDiagnostics | undefined;
}

/**
 * Fills in the defaults, and refuses what would give telemetry away. Throws `PLB_SERVE_OPTION_INVALID`, `PLB_SERVE_TLS_REQUIRED` or
 * `PLB_SERVE_AUTH_REQUIRED`.
 */
export function resolveServerSettings(options: StreamServerOptions): ServerSettings {
  const d = STREAM_SERVER_DEFAULTS;
  const address = parseListenAddress(options.listen ?? d.listen);
  const auth = options.auth ?? d.auth;
  const maxEventsPerSecond = options.maxEventsPerSecond ?? d.maxEventsPerSecond;
  if (auth === "none" && !isLoopback(address.host)) throw serverError("PLB_SERVE_AUTH_REQUIRED");
  if (options.tls === undefined && !isLoopback(address.host)) throw serverError("PLB_SERVE_TLS_REQUIRED");
  if (options.token !== undefined && !isToken(options.token)) throw invalid("token");
  return {
    journal: options.journal,
    address,
    auth,
    token: options.token,
    tokenFile: options.tokenFile,
    allowedHosts: new Set((options.allowedHosts ?? []).map(hostName)),
    allowedOrigins: new Set((options.allowedOrigins ?? []).map(originOf)),
    tls: options.tls,
    durability: options.durability ?? d.durability,
    maxConnections: whole("maxConnections", options.maxConnections ?? d.maxConnections),
    maxBufferedBytes: whole("maxBufferedBytes", options.maxBufferedBytes ?? d.maxBufferedBytes),
    maxEventsPerSecond: maxEventsPerSecond === false ? false : whole("maxEventsPerSecond", maxEventsPerSecond),
    maxBatchBytes: whole("maxBatchBytes", options.maxBatchBytes ?? d.maxBatchBytes),
    maxBatchCount: SUBSCRIPTION_DEFAULTS.maxBatchCount,
    maxFilterEntries: whole("maxFilterEntries", options.maxFilterEntries ?? d.maxFilterEntries),
    heartbeatMs: whole("heartbeatMs", options.heartbeatMs ?? d.heartbeatMs),
    stallTimeoutMs: whole("stallTimeoutMs", options.stallTimeoutMs ?? d.stallTimeoutMs),
    handshakeTimeoutMs: whole("handshakeTimeoutMs", options.handshakeTimeoutMs ?? d.handshakeTimeoutMs),
    pollMs: whole("pollMs", options.pollMs ?? d.pollMs),
    clock: options.clock ?? createSystemClock(),
    diagnostics: options.diagnostics,
  };
}

function hostName(text: string): string {
  if (text.length > 253 || !/^[A-Za-z0-9.-]+$/.test(text)) throw invalid("allowedHosts");
  return text.toLowerCase();
}

function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : "null";
  if (origin === "null" || text.toLowerCase() !== origin) throw invalid("allowedOrigins");
  return origin;
}

function whole(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(option);
  return value;
}

function invalid(option: string): Error {
  return serverError("PLB_SERVE_OPTION_INVALID", {
    message: `The option ${option} of a stream server has a value it cannot have.`,
    details: { option },
  });
}
