import type { AnyMap, AnyValue, TelemetryEvent } from "@plumbline/core";
import { attributesJson } from "../message/any-value.ts";
import type { OtlpJson } from "../message/json-to-proto.ts";
import { TEMPORALITIES } from "./field-names.ts";
import {
  bodyOf,
  doubleOf,
  heldNanos,
  hexOf,
  integerOf,
  mapOf,
  mapsOf,
  nanosOf,
  numberOf,
  textOf,
} from "./line-parts.ts";

/** A data point, and the metric that it belongs to. */
export interface MetricPoint {
  /** The same for all points of one metric. */
  readonly key: string;
  /** The metric around a list of points. */
  readonly metric: (dataPoints: readonly unknown[]) => OtlpJson;
  readonly point: OtlpJson;
  /** The name of the point's message. */
  readonly message: string;
}

/** The data point that a line with the signal `metrics` stands for; `undefined` when it is of no type that is known. */
export function metricPoint(event: TelemetryEvent): MetricPoint | undefined {
  const body = bodyOf(event);
  const type = textOf(body["type"]);
  const [field, message] = FIELDS.get(type) ?? [];
  const values = pointValues(type, body);
  if (field === undefined || message === undefined || values === undefined) return undefined;
  const about = { name: event.name, description: textOf(body["description"]), unit: textOf(body["unit"]) };
  const temporality = Math.max(0, TEMPORALITIES.indexOf(textOf(body["temporality"])));
  const kind = {
    ...(type === "gauge" ? {} : { aggregationTemporality: temporality }),
    ...(type === "sum" ? { isMonotonic: body["monotonic"] === true } : {}),
  };
  return {
    key: JSON.stringify([field, about, kind]),
    message,
    metric: (dataPoints) => ({ ...about, [field]: { ...kind, dataPoints } }),
    point: {
      attributes: attributesJson(event.attributes),
      startTimeUnixNano: nanosOf(body["start"]),
      timeUnixNano: heldNanos(event.time),
      ...values,
      exemplars: mapsOf(body["exemplars"]).map((exemplar) => exemplarJson(exemplar, body["value_type"])),
    },
  };
}

/** Of each type: the field of a metric that holds its points, and their message. */
const FIELDS: ReadonlyMap<string, readonly [field: string, message: string]> = new Map([
  ["sum", ["sum", "NumberDataPoint"]],
  ["gauge", ["gauge", "NumberDataPoint"]],
  ["histogram", ["histogram", "HistogramDataPoint"]],
  ["exponential_histogram", ["exponentialHistogram", "ExponentialHistogramDataPoint"]],
]);

function pointValues(type: string, body: AnyMap): OtlpJson | undefined {
  const gathered = (): OtlpJson => ({
    count: integerOf(body["count"]),
    sum: doubleOf(body["sum"]),
    min: doubleOf(body["min"]),
    max: doubleOf(body["max"]),
  });
  switch (type) {
    case "sum":
    case "gauge":
      return numberJson(body["value"], body["value_type"]);
    case "histogram":
      return {
        ...gathered(),
        explicitBounds: listOf(body["bounds"]).map((bound) => doubleOf(bound) ?? 0),
        bucketCounts: countsOf(body["buckets"]),
      };
    case "exponential_histogram":
      return {
        ...gathered(),
        scale: numberOf(body["scale"]),
        zeroCount: integerOf(body["zero_count"]),
        positive: bucketsJson(mapOf(body["positive"])),
        negative: bucketsJson(mapOf(body["negative"])),
      };
    default:
      return undefined;
  }
}

function numberJson(value: AnyValue | undefined, type: AnyValue | undefined): OtlpJson {
  const asInt = type === "int" ? integerOf(value) : undefined;
  // One beyond 64 bits, like a limit that stands for none, has no other place.
  return asInt !== undefined && BigInt.asIntN(64, BigInt(asInt)) === BigInt(asInt)
    ? { asInt }
    : { asDouble: doubleOf(value) };
}

function bucketsJson(buckets: AnyMap): OtlpJson {
  return { offset: numberOf(buckets["offset"]), bucketCounts: countsOf(buckets["buckets"]) };
}

function exemplarJson(exemplar: AnyMap, type: AnyValue | undefined): OtlpJson {
  return {
    timeUnixNano: nanosOf(exemplar["time"]),
    ...numberJson(exemplar["value"], type),
    filteredAttributes: attributesJson(mapOf(exemplar["attributes"])),
    traceId: hexOf(exemplar["trace_id"]),
    spanId: hexOf(exemplar["span_id"]),
  };
}

function countsOf(value: AnyValue | undefined): readonly string[] {
  return listOf(value).map((count) => integerOf(count) ?? "0");
}

function listOf(value: AnyValue | undefined): readonly AnyValue[] {
  return Array.isArray(value) ? (value as readonly AnyValue[]) : [];
}
