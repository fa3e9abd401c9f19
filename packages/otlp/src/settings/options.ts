import type { Signal } from "@plumbline/core";

/** How requests are encoded and carried. gRPC is not among them: it is another transport, of a package of its own. */
export type OtlpProtocol = "http/protobuf" | "http/json";

/** Headers, or a function that gives them before each request, for tokens that change. */
export type OtlpHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** What can be set for all signals, and for each by itself. What is left out comes from the environment, and else from the defaults. */
export interface OtlpSignalOptions {
  /**
   * For all signals: where the receiver is, and `/v1/logs`, `/v1/traces` or `/v1/metrics` is added. For one signal: the whole address.
   */
  readonly endpoint?: string | undefined;
  readonly protocol?: OtlpProtocol | undefined;
  /** Added to those of the environment; of one name the more special wins. */
  readonly headers?: OtlpHeaders | undefined;
  /** Milliseconds that one request may take, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs?: number | undefined;
  readonly compression?: "gzip" | "none" | undefined;
  /** A file with the certificates, in PEM, that the receiver's must lead to. Default: those of Node. */
  readonly certificate?: string | undefined;
  /** Files with the client's own key and certificate, in PEM, for mTLS. */
  readonly clientKey?: string | undefined;
  readonly clientCertificate?: string | undefined;
}

/** Options of the OTLP exporter. */
export interface OtlpOptions extends OtlpSignalOptions {
  /** For log records alone: `endpoint` to `clientCertificate`, which win over those for all signals. */
  readonly logs?: OtlpSignalOptions | undefined;
  /** The same for spans. */
  readonly traces?: OtlpSignalOptions | undefined;
  /** The same for metrics. */
  readonly metrics?: OtlpSignalOptions | undefined;
  /** How many requests may be under way at once. With more than 1 a receiver may see batches in another order. */
  readonly concurrency?: number | undefined;
  /** The most that a request's body may have before it is compressed, in bytes; a batch that has more goes in several. */
  readonly maxRequestBytes?: number | undefined;
  /** The proxy's address, or `false` for none. Default: what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say. */
  readonly proxy?: string | false | undefined;
  /** The schema URL of the resource. */
  readonly schemaUrl?: string | undefined;
  /** Stands before the exporter's own name in the header User-Agent. */
  readonly userAgent?: string | undefined;
}

/** Every default, once. */
export const OTLP_DEFAULTS: OtlpDefaults = {
  endpoint: "http://localhost:4318",
  protocol: "http/protobuf",
  timeoutMs: 10_000,
  compression: "none",
  concurrency: 1,
  maxRequestBytes: 4 * 1024 * 1024,
};

/** The type of {@link OTLP_DEFAULTS}. */
export interface OtlpDefaults {
  readonly endpoint: string;
  readonly protocol: OtlpProtocol;
  readonly timeoutMs: number;
  readonly compression: "gzip" | "none";
  readonly concurrency: number;
  readonly maxRequestBytes: number;
}

/** One signal's settings, with everything decided. */
export interface SignalSettings {
  readonly signal: Signal;
  readonly url: URL;
  readonly protocol: OtlpProtocol;
  /** In the order in which the later ones win. */
  readonly headers: readonly OtlpHeaders[];
  readonly timeoutMs: number;
  readonly compression: "gzip" | "none";
  readonly certificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly clientCertificate: string | undefined;
}
