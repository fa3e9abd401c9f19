import type { EventLine } from "@plumbline/core";
import { type LineOrigin, originOf } from "../lines/line-parts.ts";
import { metricPoint, type MetricPoint } from "../lines/metric-json.ts";
import { spanJson } from "../lines/span-json.ts";
import { jsonToProto, type OtlpJson } from "../message/json-to-proto.ts";
import type { OtlpForm } from "./request-encoder.ts";

/** The most that a resource, a scope or a metric takes in a request beside its own bytes: names and punctuation in JSON, tags and lengths in protocol buffers. */
const MOST_FRAME_BYTES = 64;
/** The same of a span or a data point: a comma, or a tag and a length. */
const MOST_ITEM_FRAME_BYTES = 6;

/** A span or a data point: in its bytes already, or as OTLP/JSON. */
type Item = Uint8Array | OtlpJson;

interface MetricGroup {
  readonly of: MetricPoint;
  readonly points: Item[];
}

interface ScopeGroup {
  readonly origin: LineOrigin;
  readonly spans: Item[];
  readonly metrics: Map<string, MetricGroup>;
}

interface ResourceGroup {
  readonly origin: LineOrigin;
  readonly scopes: Map<string, ScopeGroup>;
}

/** What becomes of a line: `full` where its request would be too large with it. */
export type Placed = "added" | "full" | "unfit";

/** The spans or metrics of one request, by resource and scope. */
export class ParsedGroups {
  readonly #signal: "traces" | "metrics";
  readonly #form: OtlpForm | undefined;
  readonly #schemaUrl: string;
  readonly #resources = new Map<string, ResourceGroup>();
  /** No request made of what was added is larger. */
  #mostBytes = MOST_FRAME_BYTES;

  constructor(signal: "traces" | "metrics", form: OtlpForm | undefined, schemaUrl: string) {
    this.#signal = signal;
    this.#form = form;
    this.#schemaUrl = schemaUrl;
  }

  /** Throws `PLB_OTLP_INPUT_INVALID`, and what reading a line does. Has added nothing then, nor where the line is not `added`. */
  add(line: EventLine, maxBytes: number): Placed {
    const event = line.event();
    const point = this.#signal === "metrics" ? metricPoint(event) : undefined;
    if (this.#signal === "metrics" && point === undefined) return "unfit";
    if (this.#signal === "traces" && (event.traceId === undefined || event.spanId === undefined)) return "unfit";
    const json = point?.point ?? spanJson(event);
    // One by one: what OTLP has no room for costs its own line, not the request. JSON could say it, and would be refused whole.
    const bytes = jsonToProto(json, point?.message ?? "Span");
    const item = this.#form === "json" ? json : bytes;
    const origin = originOf(line, event);
    const resource = this.#resources.get(origin.resourceKey);
    const scope = resource?.scopes.get(origin.scopeKey);
    const metric = point === undefined ? undefined : scope?.metrics.get(point.key);
    let more = (this.#form === "json" ? jsonBytes(json) : bytes.length) + MOST_ITEM_FRAME_BYTES;
    if (resource === undefined) more += this.#partBytes(origin.resource, "Resource", this.#schemaUrlOf(origin));
    if (scope === undefined) more += this.#partBytes(origin.scope, "InstrumentationScope", origin.scopeSchemaUrl);
    if (point !== undefined && metric === undefined) more += this.#partBytes(point.metric([]), "Metric", "");
    if (this.#mostBytes + more > maxBytes) return "full";
    this.#mostBytes += more;
    this.#put(origin, point, item);
    return "added";
  }

  /** The request as OTLP/JSON, with protocol buffers in it where that is the form. */
  request(): OtlpJson {
    const isTraces = this.#signal === "traces";
    const resources = [...this.#resources.values()].map(({ origin, scopes }) => ({
      resource: origin.resource,
      [isTraces ? "scopeSpans" : "scopeMetrics"]: [...scopes.values()].map((group) => ({
        scope: group.origin.scope,
        ...(isTraces ? { spans: group.spans } : { metrics: metricsJson(group) }),
        schemaUrl: group.origin.scopeSchemaUrl,
      })),
      schemaUrl: this.#schemaUrlOf(origin),
    }));
    return { [isTraces ? "resourceSpans" : "resourceMetrics"]: resources };
  }

  #put(origin: LineOrigin, point: MetricPoint | undefined, item: Item): void {
    const resource = this.#resources.get(origin.resourceKey) ?? { origin, scopes: new Map<string, ScopeGroup>() };
    const scope = resource.scopes.get(origin.scopeKey) ?? newScope(origin);
    this.#resources.set(origin.resourceKey, resource);
    resource.scopes.set(origin.scopeKey, scope);
    if (point === undefined) {
      scope.spans.push(item);
      return;
    }
    const metric: MetricGroup = scope.metrics.get(point.key) ?? { of: point, points: [] };
    metric.points.push(item);
    scope.metrics.set(point.key, metric);
  }

  #schemaUrlOf({ schemaUrl }: LineOrigin): string {
    return schemaUrl === "" ? this.#schemaUrl : schemaUrl;
  }

  /** At most. What there is no room for in OTLP throws here, whatever the form. */
  #partBytes(part: OtlpJson | undefined, message: string, schemaUrl: string): number {
    const bytes = part === undefined ? 0 : jsonToProto(part, message).length;
    const own = this.#form === "json" && part !== undefined ? jsonBytes(part) : bytes;
    return MOST_FRAME_BYTES + own + jsonBytes(schemaUrl);
  }
}

function newScope(origin: LineOrigin): ScopeGroup {
  return { origin, spans: [], metrics: new Map() };
}

function metricsJson({ metrics }: ScopeGroup): readonly OtlpJson[] {
  return [...metrics.values()].map(({ of, points }) => of.metric(points));
}

function jsonBytes(value: OtlpJson | string): number {
  return Buffer.byteLength(JSON.stringify(value));
}
