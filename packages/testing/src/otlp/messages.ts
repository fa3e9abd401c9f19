/**
 * How a field is read. A capital letter begins the name of a message, `[]` behind it says that it is repeated. `hex` are bytes that OTLP/JSON
 * writes as hex digits. `double?` and `sfixed64?` are there even when they are 0: the field says so by being there.
 */
export type FieldKind =
  | "string"
  | "hex"
  | "bytes"
  | "bool"
  | "uint32"
  | "sint32"
  | "fixed32"
  | "fixed64"
  | "sfixed64?"
  | "int64"
  | "double"
  | "double?"
  | "fixed64[]"
  | "uint64[]"
  | "double[]"
  | "string[]"
  | Capitalize<string>;

/** Field numbers to names and kinds. */
export type MessageFields = Readonly<Record<number, readonly [name: string, kind: FieldKind]>>;

const RESOURCE = ["resource", "Resource"] as const;
const SCHEMA_URL = ["schemaUrl", "string"] as const;
const SCOPE = ["scope", "InstrumentationScope"] as const;
const DROPPED = ["droppedAttributesCount", "uint32"] as const;
const ATTRIBUTES = ["attributes", "KeyValue[]"] as const;
const START = ["startTimeUnixNano", "fixed64"] as const;
const TIME = ["timeUnixNano", "fixed64"] as const;
const EXEMPLARS = ["exemplars", "Exemplar[]"] as const;
const TEMPORALITY = ["aggregationTemporality", "uint32"] as const;
const TRACE_ID = ["traceId", "hex"] as const;
const SPAN_ID = ["spanId", "hex"] as const;

/**
 * The messages of OTLP 1.x, by hand from its definitions, so that what reads requests here shares nothing with what writes them.
 * Source: opentelemetry-proto v1.8.0.
 */
export const OTLP_MESSAGES: Readonly<Record<string, MessageFields>> = {
  ExportLogsServiceRequest: { 1: ["resourceLogs", "ResourceLogs[]"] },
  ResourceLogs: { 1: RESOURCE, 2: ["scopeLogs", "ScopeLogs[]"], 3: SCHEMA_URL },
  ScopeLogs: { 1: SCOPE, 2: ["logRecords", "LogRecord[]"], 3: SCHEMA_URL },
  LogRecord: {
    1: TIME,
    2: ["severityNumber", "uint32"],
    3: ["severityText", "string"],
    5: ["body", "AnyValue"],
    6: ATTRIBUTES,
    7: DROPPED,
    8: ["flags", "fixed32"],
    9: TRACE_ID,
    10: SPAN_ID,
    11: ["observedTimeUnixNano", "fixed64"],
    12: ["eventName", "string"],
  },
  ExportTraceServiceRequest: { 1: ["resourceSpans", "ResourceSpans[]"] },
  ResourceSpans: { 1: RESOURCE, 2: ["scopeSpans", "ScopeSpans[]"], 3: SCHEMA_URL },
  ScopeSpans: { 1: SCOPE, 2: ["spans", "Span[]"], 3: SCHEMA_URL },
  Span: {
    1: TRACE_ID,
    2: SPAN_ID,
    3: ["traceState", "string"],
    4: ["parentSpanId", "hex"],
    5: ["name", "string"],
    6: ["kind", "uint32"],
    7: START,
    8: ["endTimeUnixNano", "fixed64"],
    9: ATTRIBUTES,
    10: DROPPED,
    11: ["events", "Event[]"],
    12: ["droppedEventsCount", "uint32"],
    13: ["links", "Link[]"],
    14: ["droppedLinksCount", "uint32"],
    15: ["status", "Status"],
    16: ["flags", "fixed32"],
  },
  Event: { 1: TIME, 2: ["name", "string"], 3: ATTRIBUTES, 4: DROPPED },
  Link: { 1: TRACE_ID, 2: SPAN_ID, 3: ["traceState", "string"], 4: ATTRIBUTES, 5: DROPPED, 6: ["flags", "fixed32"] },
  Status: { 2: ["message", "string"], 3: ["code", "uint32"] },
  ExportMetricsServiceRequest: { 1: ["resourceMetrics", "ResourceMetrics[]"] },
  ResourceMetrics: { 1: RESOURCE, 2: ["scopeMetrics", "ScopeMetrics[]"], 3: SCHEMA_URL },
  ScopeMetrics: { 1: SCOPE, 2: ["metrics", "Metric[]"], 3: SCHEMA_URL },
  Metric: {
    1: ["name", "string"],
    2: ["description", "string"],
    3: ["unit", "string"],
    5: ["gauge", "Gauge"],
    7: ["sum", "Sum"],
    9: ["histogram", "Histogram"],
    10: ["exponentialHistogram", "ExponentialHistogram"],
    11: ["summary", "Summary"],
    12: ["metadata", "KeyValue[]"],
  },
  Gauge: { 1: ["dataPoints", "NumberDataPoint[]"] },
  Sum: { 1: ["dataPoints", "NumberDataPoint[]"], 2: TEMPORALITY, 3: ["isMonotonic", "bool"] },
  Histogram: { 1: ["dataPoints", "HistogramDataPoint[]"], 2: TEMPORALITY },
  ExponentialHistogram: { 1: ["dataPoints", "ExponentialHistogramDataPoint[]"], 2: TEMPORALITY },
  Summary: { 1: ["dataPoints", "SummaryDataPoint[]"] },
  NumberDataPoint: {
    2: START,
    3: TIME,
    4: ["asDouble", "double?"],
    5: EXEMPLARS,
    6: ["asInt", "sfixed64?"],
    7: ATTRIBUTES,
    8: ["flags", "uint32"],
  },
  HistogramDataPoint: {
    2: START,
    3: TIME,
    4: ["count", "fixed64"],
    5: ["sum", "double?"],
    6: ["bucketCounts", "fixed64[]"],
    7: ["explicitBounds", "double[]"],
    8: EXEMPLARS,
    9: ATTRIBUTES,
    10: ["flags", "uint32"],
    11: ["min", "double?"],
    12: ["max", "double?"],
  },
  ExponentialHistogramDataPoint: {
    1: ATTRIBUTES,
    2: START,
    3: TIME,
    4: ["count", "fixed64"],
    5: ["sum", "double?"],
    6: ["scale", "sint32"],
    7: ["zeroCount", "fixed64"],
    8: ["positive", "Buckets"],
    9: ["negative", "Buckets"],
    10: ["flags", "uint32"],
    11: EXEMPLARS,
    12: ["min", "double?"],
    13: ["max", "double?"],
    14: ["zeroThreshold", "double"],
  },
  Buckets: { 1: ["offset", "sint32"], 2: ["bucketCounts", "uint64[]"] },
  SummaryDataPoint: {
    2: START,
    3: TIME,
    4: ["count", "fixed64"],
    5: ["sum", "double"],
    6: ["quantileValues", "ValueAtQuantile[]"],
    7: ATTRIBUTES,
    8: ["flags", "uint32"],
  },
  ValueAtQuantile: { 1: ["quantile", "double"], 2: ["value", "double"] },
  Exemplar: {
    2: TIME,
    3: ["asDouble", "double?"],
    4: SPAN_ID,
    5: TRACE_ID,
    6: ["asInt", "sfixed64?"],
    7: ["filteredAttributes", "KeyValue[]"],
  },
  Resource: { 1: ATTRIBUTES, 2: DROPPED, 3: ["entityRefs", "EntityRef[]"] },
  EntityRef: {
    1: SCHEMA_URL,
    2: ["type", "string"],
    3: ["idKeys", "string[]"],
    4: ["descriptionKeys", "string[]"],
  },
  InstrumentationScope: { 1: ["name", "string"], 2: ["version", "string"], 3: ATTRIBUTES, 4: DROPPED },
  KeyValue: { 1: ["key", "string"], 2: ["value", "AnyValue"] },
  KeyValueList: { 1: ["values", "KeyValue[]"] },
  ArrayValue: { 1: ["values", "AnyValue[]"] },
};
