import { context, createContextKey } from "@opentelemetry/api";

/** The key by which the OpenTelemetry SDK's instrumentations know what they are not to trace, in every version of it. */
const SUPPRESS_TRACING = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** Calls what is not to be traced: a span for every export would have to be exported itself. */
export function untraced<Value>(call: () => Value): Value {
  return context.with(context.active().setValue(SUPPRESS_TRACING, true), call);
}
