import { type EventLine, PlumblineError } from "@plumbline/core";
import { type LineOrigin, originOf } from "../lines/line-parts.ts";
import { metricPoint, type MetricPoint } from "../lines/metric-json.ts";
import { spanJson } from "../lines/span-json.ts";
import { jsonToProto, type OtlpJson } from "../message/json-to-proto.ts";
import type { EncodedRequest, OtlpForm, RequestEncoder, RequestEncoderOptions } from "./request-encoder.ts";

interface ScopeGroup {
  readonly origin: LineOrigin;
  readonly spans: Item[];
  readonly metrics: Map<string, { readonly of: MetricPoint; readonly points: Item[] }>;
}

/** A span or a data point: in its bytes already, or as OTLP/JSON. */
type Item = Uint8Array | OtlpJson;

interface ResourceGroup {
  readonly origin: LineOrigin;
  readonly scopes: Map<string, ScopeGroup>;
}

/**
 * Makes an encoder of lines with the signal `traces` or `metrics`. Unlike log records they are parsed first: there are fewer of them, and a
 * metric's points have to be brought together. `maxBytes` is held against the lines' own size.
 */
export function createParsedEncoder(signal: "traces" | "metrics", options: RequestEncoderOptions): RequestEncoder {
  const { form, schemaUrl = "" } = options;
  return {
    encode(lines, from, maxBytes): EncodedRequest {
      const groups = new Map<string, ResourceGroup>();
      let records = 0;
      let invalid = 0;
      let bytes = 0;
      let end = from;
      for (; end < lines.length; end++) {
        const line = lines[end];
        if (line === undefined || (records > 0 && bytes + line.size > maxBytes)) break;
        bytes += line.size;
        if (addLine(groups, line, signal, form)) records += 1;
        else invalid += 1;
      }
      const request = requestJson([...groups.values()], signal, schemaUrl);
      const body =
        form === "json" ? Buffer.from(JSON.stringify(request)) : Buffer.from(jsonToProto(request, REQUESTS[signal]));
      return { body: records === 0 ? Buffer.alloc(0) : body, end, records, invalid };
    },
  };
}

const REQUESTS = { traces: "ExportTraceServiceRequest", metrics: "ExportMetricsServiceRequest" } as const;

function addLine(
  groups: Map<string, ResourceGroup>,
  line: EventLine,
  signal: "traces" | "metrics",
  form: OtlpForm | undefined,
): boolean {
  try {
    return addEvent(groups, line, signal, form);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return false;
    throw error;
  }
}

/** Throws `PLB_OTLP_INPUT_INVALID`, and what reading a line does, and has added nothing then. */
function addEvent(
  groups: Map<string, ResourceGroup>,
  line: EventLine,
  signal: "traces" | "metrics",
  form: OtlpForm | undefined,
): boolean {
  const event = line.event();
  const point = signal === "metrics" ? metricPoint(event) : undefined;
  if (signal === "metrics" && point === undefined) return false;
  if (signal === "traces" && (event.traceId === undefined || event.spanId === undefined)) return false;
  const json = point?.point ?? spanJson(event);
  // One by one: what OTLP has no room for costs its own line, not the request. JSON could say it, and would be refused whole.
  const bytes = jsonToProto(json, point?.message ?? "Span");
  const item = form === "json" ? json : bytes;
  const group = groupOf(groups, originOf(line, event));
  if (point === undefined) {
    group.spans.push(item);
    return true;
  }
  const metric = group.metrics.get(point.key) ?? { of: point, points: [] };
  metric.points.push(item);
  group.metrics.set(point.key, metric);
  return true;
}

function groupOf(groups: Map<string, ResourceGroup>, origin: LineOrigin): ScopeGroup {
  const resource = groups.get(origin.resourceKey) ?? newResource(origin);
  const scope = resource.scopes.get(origin.scopeKey) ?? newScope(origin);
  groups.set(origin.resourceKey, resource);
  resource.scopes.set(origin.scopeKey, scope);
  return scope;
}

function newResource(origin: LineOrigin): ResourceGroup {
  if (origin.resource !== undefined) jsonToProto(origin.resource, "Resource");
  return { origin, scopes: new Map() };
}

function newScope(origin: LineOrigin): ScopeGroup {
  if (origin.scope !== undefined) jsonToProto(origin.scope, "InstrumentationScope");
  return { origin, spans: [], metrics: new Map() };
}

function requestJson(groups: readonly ResourceGroup[], signal: "traces" | "metrics", schemaUrl: string): OtlpJson {
  const isTraces = signal === "traces";
  const resources = groups.map(({ origin, scopes }) => ({
    resource: origin.resource,
    [isTraces ? "scopeSpans" : "scopeMetrics"]: [...scopes.values()].map((group) => ({
      scope: group.origin.scope,
      ...(isTraces ? { spans: group.spans } : { metrics: metricsJson(group) }),
      schemaUrl: group.origin.scopeSchemaUrl,
    })),
    schemaUrl: origin.schemaUrl === "" ? schemaUrl : origin.schemaUrl,
  }));
  return { [isTraces ? "resourceSpans" : "resourceMetrics"]: resources };
}

function metricsJson({ metrics }: ScopeGroup): readonly OtlpJson[] {
  return [...metrics.values()].map(({ of, points }) => of.metric(points));
}
