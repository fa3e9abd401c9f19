/** Span kinds by the number that OTLP gives them. */
export const SPAN_KINDS: readonly string[] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
/** Status codes by their number. */
export const STATUS_CODES: readonly string[] = ["unset", "ok", "error"];
/** Temporalities by the number that OTLP gives them. */
export const TEMPORALITIES: readonly string[] = ["unspecified", "delta", "cumulative"];
