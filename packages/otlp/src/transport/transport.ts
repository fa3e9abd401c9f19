import type { IncomingHttpHeaders } from "node:http";

/** One export request on its way. */
export interface TransportRequest {
  /** Encoded, not compressed. */
  readonly body: Buffer;
  readonly contentType: string;
}

/** What came back. */
export interface TransportAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Up to a bound. */
  readonly body: Buffer;
  /** Whether the body went on beyond the bound; the rest was not read. */
  readonly isCut: boolean;
}

/**
 * Carries requests to one receiver. Another protocol (gRPC) is another transport; what an answer means is not its concern.
 *
 * `send` may be called concurrently. It rejects with a coded error (`PLB_OTLP_UNREACHABLE`, `PLB_OTLP_TLS`, `PLB_OTLP_TIMEOUT`,
 * `PLB_OTLP_PROXY`, `PLB_OTLP_HEADERS_FAILED`, `PLB_OTLP_CLOSED`) when there is no whole answer, and always settles once `signal` aborts.
 * `close` ends what is under way; it is safe without `start` and when repeated.
 */
export interface OtlpTransport {
  /** Where it sends to, for messages: never with credentials, a path or a query. */
  readonly host: string;
  /** Reads what it needs, like certificates, and finds the proxy. Rejects with `PLB_OTLP_FILE_UNREADABLE`, or with `PLB_OTLP_PROXY` for one that is neither http nor https. */
  start(): Promise<void>;
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
  close(): void;
}
