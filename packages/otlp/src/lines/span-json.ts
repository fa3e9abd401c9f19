import type { AnyMap, AnyValue, TelemetryEvent } from "@plumbline/core";
import { attributesJson } from "../message/any-value.ts";
import type { OtlpJson } from "../message/json-to-proto.ts";
import { SPAN_KINDS, STATUS_CODES } from "./field-names.ts";
import { bodyOf, heldNanos, hexOf, mapOf, mapsOf, nanosOf, numberOf, textOf } from "./line-parts.ts";

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** The span that a line with the signal `traces` stands for, as OTLP/JSON. Source: docs/reference/format.md, "Spans". */
export function spanJson(event: TelemetryEvent): OtlpJson {
  const body = bodyOf(event);
  const status = mapOf(body["status"]);
  return {
    traceId: event.traceId,
    spanId: event.spanId,
    traceState: textOf(body["trace_state"]),
    parentSpanId: hexOf(body["parent_span_id"]),
    name: event.name,
    kind: indexOf(SPAN_KINDS, body["kind"]),
    startTimeUnixNano: heldNanos(event.time),
    endTimeUnixNano: nanosOf(body["end"]),
    attributes: attributesJson(event.attributes),
    droppedAttributesCount: event.droppedAttributes,
    events: mapsOf(body["events"]).map((each) => eventJson(each)),
    droppedEventsCount: numberOf(body["dropped_events"]),
    links: mapsOf(body["links"]).map((each) => linkJson(each)),
    droppedLinksCount: numberOf(body["dropped_links"]),
    status: { code: indexOf(STATUS_CODES, status["code"]), message: textOf(status["message"]) },
    flags: flagsOf(event.flags, body["parent_is_remote"]),
  };
}

function eventJson(event: AnyMap): OtlpJson {
  return {
    timeUnixNano: nanosOf(event["time"]),
    name: textOf(event["name"]),
    attributes: attributesJson(mapOf(event["attributes"])),
    droppedAttributesCount: numberOf(event["dropped_attributes"]),
  };
}

function linkJson(link: AnyMap): OtlpJson {
  return {
    traceId: hexOf(link["trace_id"]),
    spanId: hexOf(link["span_id"]),
    traceState: textOf(link["trace_state"]),
    attributes: attributesJson(mapOf(link["attributes"])),
    droppedAttributesCount: numberOf(link["dropped_attributes"]),
    flags: flagsOf(numberOf(link["flags"]), link["is_remote"]),
  };
}

/** W3C trace flags, and whether the parent, or the linked span, was of another process. Source: trace.proto, `SpanFlags`. */
function flagsOf(flags: number | undefined, isRemote: AnyValue | undefined): number {
  return ((flags ?? 0) & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0);
}

function indexOf(names: readonly string[], name: AnyValue | undefined): number {
  return Math.max(0, names.indexOf(textOf(name)));
}
