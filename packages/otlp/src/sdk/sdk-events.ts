import { DoubleValue, type EventInput, formatTimestamp, type TraceContext } from "@plumbline/core";
import { SPAN_KINDS, STATUS_CODES, TEMPORALITIES } from "../lines/field-names.ts";
import type {
  SdkBuckets,
  SdkDataPoint,
  SdkExponentialHistogram,
  SdkHistogram,
  SdkLogRecord,
  SdkMetric,
  SdkSpan,
  SdkSpanContext,
  SdkTime,
} from "./sdk-shapes.ts";

/** From here on a number has as many digits as a card number, and its digits would be looked at as text. */
const LONG_NUMBER = 1e12;
const YEAR_1_SECONDS = -62_135_596_800;
const YEAR_10000_SECONDS = 253_402_300_800;
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;
const INT = 0;

/** A log record as an event. */
export function logEvent(record: SdkLogRecord): EventInput {
  return {
    name: record.eventName,
    body: record.body,
    attributes: record.attributes,
    time: nanosOf(record.hrTime),
    observedTime: nanosOf(record.hrTimeObserved),
    trace: record.spanContext === undefined ? NO_TRACE : traceOf(record.spanContext),
    droppedAttributes: record.droppedAttributesCount,
  };
}

/** Ids that are not valid: the event has no trace, and that of the turn in which it is exported is not its own. */
const NO_TRACE: TraceContext = { traceId: "", spanId: "", flags: 0 };

/** A span as an event with the signal `traces`: what has no field of its own stands in the body. */
export function spanEvent(span: SdkSpan): EventInput {
  const own = span.spanContext();
  const parent = span.parentSpanContext;
  return {
    name: span.name,
    signal: "traces",
    attributes: span.attributes,
    time: nanosOf(span.startTime),
    trace: traceOf(own),
    droppedAttributes: span.droppedAttributesCount,
    body: {
      kind: SPAN_KINDS[span.kind + 1] ?? "unspecified",
      end: textOf(span.endTime),
      trace_state: own.traceState?.serialize(),
      // As bytes: a text of hex digits may be all decimal, and look like a card number.
      parent_span_id: parent?.spanId === undefined ? undefined : bytesOf(parent.spanId),
      parent_is_remote: parent?.isRemote === true ? true : undefined,
      status: { code: STATUS_CODES[span.status.code] ?? "unset", message: span.status.message },
      events: listOf(span.events, (event) => ({
        time: textOf(event.time),
        name: event.name,
        attributes: event.attributes,
        dropped_attributes: countOf(event.droppedAttributesCount),
      })),
      links: listOf(span.links, ({ context, attributes, droppedAttributesCount }) => ({
        trace_id: bytesOf(context.traceId),
        span_id: bytesOf(context.spanId),
        trace_state: context.traceState?.serialize(),
        flags: countOf(context.traceFlags),
        is_remote: context.isRemote === true ? true : undefined,
        attributes,
        dropped_attributes: countOf(droppedAttributesCount),
      })),
      dropped_events: countOf(span.droppedEventsCount),
      dropped_links: countOf(span.droppedLinksCount),
    },
  };
}

/** A metric's data point as an event with the signal `metrics`. */
export function metricEvent(metric: SdkMetric, point: SdkDataPoint): EventInput {
  const { descriptor, dataPointType, aggregationTemporality, isMonotonic } = metric;
  const temporality = TEMPORALITIES[aggregationTemporality + 1];
  const common = {
    unit: descriptor.unit === "" ? undefined : descriptor.unit,
    description: descriptor.description === "" ? undefined : descriptor.description,
  };
  return {
    name: descriptor.name,
    signal: "metrics",
    attributes: point.attributes,
    time: nanosOf(point.endTime),
    trace: NO_TRACE,
    body: {
      ...common,
      start: textOf(point.startTime),
      ...(dataPointType === GAUGE ? {} : { temporality }),
      ...valueOf(dataPointType, point, descriptor.valueType === INT, isMonotonic),
      exemplars: listOf(point.exemplars ?? [], (exemplar) => ({
        time: textOf(exemplar.timestamp),
        value: numberOf(exemplar.value),
        attributes: exemplar.filteredAttributes,
        trace_id: exemplar.traceId === undefined ? undefined : bytesOf(exemplar.traceId),
        span_id: exemplar.spanId === undefined ? undefined : bytesOf(exemplar.spanId),
      })),
    },
  };
}

function valueOf(type: number, point: SdkDataPoint, isInt: boolean, isMonotonic: boolean | undefined): object {
  switch (type) {
    case HISTOGRAM: {
      const { buckets, count, sum, min, max } = point.value as SdkHistogram; // the point's type says so
      return {
        type: "histogram",
        ...summary({ count, sum, min, max }),
        bounds: buckets.boundaries.map((bound) => numberOf(bound)),
        buckets: buckets.counts.map((each) => numberOf(each)),
      };
    }
    case EXPONENTIAL_HISTOGRAM: {
      const { count, sum, min, max, scale, zeroCount, positive, negative } = point.value as SdkExponentialHistogram;
      return {
        type: "exponential_histogram",
        ...summary({ count, sum, min, max }),
        scale,
        zero_count: numberOf(zeroCount),
        positive: bucketsOf(positive),
        negative: bucketsOf(negative),
      };
    }
    default:
      return {
        type: type === GAUGE ? "gauge" : "sum",
        ...(type === GAUGE ? {} : { monotonic: isMonotonic === true }),
        value_type: isInt ? "int" : "double",
        value: numberOf(point.value as number),
      };
  }
}

function summary({ count, sum, min, max }: Pick<SdkHistogram, "count" | "sum" | "min" | "max">): object {
  return {
    count: numberOf(count),
    sum: sum === undefined ? undefined : numberOf(sum),
    min: min === undefined ? undefined : numberOf(min),
    max: max === undefined ? undefined : numberOf(max),
  };
}

function bucketsOf({ offset, bucketCounts }: SdkBuckets): object {
  return { offset, buckets: bucketCounts.map((each) => numberOf(each)) };
}

function numberOf(value: number): number | DoubleValue {
  return Math.abs(value) >= LONG_NUMBER ? new DoubleValue(value) : value;
}

function traceOf({ traceId, spanId, traceFlags }: SdkSpanContext): TraceContext {
  return { traceId, spanId, flags: traceFlags };
}

/** 0, which stands for an unknown time, where it is none that text can say. */
function nanosOf([seconds, nanos]: SdkTime): bigint {
  const isTime = seconds >= YEAR_1_SECONDS && seconds < YEAR_10000_SECONDS && Math.abs(nanos) < LONG_NUMBER;
  return isTime ? BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanos)) : 0n;
}

function textOf(time: SdkTime): string {
  return formatTimestamp(nanosOf(time));
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

function countOf(count: number | undefined): number | undefined {
  return count === undefined || count === 0 ? undefined : count;
}

function listOf<Item, Form>(items: readonly Item[], form: (item: Item) => Form): readonly Form[] | undefined {
  return items.length === 0 ? undefined : items.map((item) => form(item));
}
