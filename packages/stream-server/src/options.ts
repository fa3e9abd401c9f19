import type { Clock, Durability } from "@plumbline/core";
import type { StreamDiagnostics, StreamSource } from "@plumbline/stream";

/** Files of a TLS server, in PEM. */
export interface StreamServerTls {
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Options of {@link createStreamServer}. */
export interface StreamServerOptions {
  /** What is served: the journal of this process, or the path or place of one that another process writes. */
  readonly journal: StreamSource;
  /** `HOST:PORT`. Port 0 is any that is free. Off loopback `tls` is required: `PLB_SERVE_TLS_REQUIRED`. */
  readonly listen?: string | undefined;
  /** `none` does without a token, on loopback only: `PLB_SERVE_AUTH_REQUIRED` otherwise. Host and Origin are checked all the same. */
  readonly auth?: "token" | "none" | undefined;
  /** The token itself: at least 16 characters of printable ASCII, and no blank. Default: that of the token file. */
  readonly token?: string | undefined;
  /** Where the token stands, mode 0600; made when it is not there. Default: a file by the port in the user's own folder, where `plumbline tail --url` finds it. */
  readonly tokenFile?: string | undefined;
  /** Names by which clients may call the server, beside `localhost` and the address it listens on. Without the port. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins of web pages that may connect: `https://tools.example.org`. Default: none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly tls?: StreamServerTls | undefined;
  /** The class that an event must have reached. A journal that another process writes knows only `written`. */
  readonly durability?: Durability | undefined;
  /** Subscribers at once; more are refused with `PLB_SERVE_FULL`. */
  readonly maxConnections?: number | undefined;
  /** While all subscribers together have more bytes waiting for their sockets, no new one is taken: `PLB_SERVE_FULL`. */
  readonly maxBufferedBytes?: number | undefined;
  /** Events a second that one subscriber gets at most, each by itself, however many stand behind one address. `false` switches it off. */
  readonly maxEventsPerSecond?: number | false | undefined;
  /** Bytes of lines that are read for one subscriber at once, but for a single larger line. */
  readonly maxBatchBytes?: number | undefined;
  /** Names and values that one filter may ask for. */
  readonly maxFilterEntries?: number | undefined;
  /** A subscriber that was sent nothing for so many milliseconds gets a ping, or a comment on SSE. */
  readonly heartbeatMs?: number | undefined;
  /** A subscriber that makes no progress at all for so many milliseconds, no byte taken and no ping answered, is closed with `PLB_SERVE_STALLED`. */
  readonly stallTimeoutMs?: number | undefined;
  /** How long the request's head, the TLS handshake, and the first options of `requireHello` may take, in milliseconds. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** The longest pause between two looks at a journal of another process, in milliseconds. */
  readonly pollMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly diagnostics?: StreamDiagnostics | undefined;
}

/** Every default, once. */
export const STREAM_SERVER_DEFAULTS = {
  listen: "127.0.0.1:4700",
  auth: "token",
  durability: "written",
  maxConnections: 1024,
  maxBufferedBytes: 268_435_456,
  maxEventsPerSecond: 200_000,
  maxBatchBytes: 65_536,
  maxFilterEntries: 1000,
  heartbeatMs: 15_000,
  stallTimeoutMs: 120_000,
  handshakeTimeoutMs: 10_000,
  pollMs: 100,
} as const;
