import type { IncomingHttpHeaders } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Signal } from "@plumbline/core";
import { testingError } from "../testing-error.ts";
import { decodeOtlp, type OtlpMessage } from "./decode.ts";
import { normaliseOtlpJson } from "./normalise.ts";

/** A request as it came, read strictly. */
export interface ReceivedRequest {
  readonly signal: Signal;
  readonly form: "protobuf" | "json";
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Its body's bytes as they came over the wire. */
  readonly wireBytes: number;
  /** The export request, in the form of OTLP/JSON. */
  readonly message: OtlpMessage;
}

const MESSAGES: ReadonlyMap<Signal, string> = new Map([
  ["logs", "ExportLogsServiceRequest"],
  ["traces", "ExportTraceServiceRequest"],
  ["metrics", "ExportMetricsServiceRequest"],
]);
const PATH = /\/v1\/(logs|traces|metrics)$/;

/** What of a request its headers say. */
export type RequestHead = Pick<ReceivedRequest, "signal" | "form" | "path" | "headers">;

/** Reads the head of a request. Throws `PLB_TESTING_OTLP_INVALID` when it is none of OTLP. */
export function readHead(path: string, headers: IncomingHttpHeaders): RequestHead {
  const signal = PATH.exec(path)?.[1] as Signal | undefined; // one of the three that the expression names
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  const form = type === "application/x-protobuf" ? "protobuf" : type === "application/json" ? "json" : undefined;
  if (signal === undefined || form === undefined) {
    throw testingError("PLB_TESTING_OTLP_INVALID", {
      message: "The request has no OTLP path or no OTLP content type.",
    });
  }
  return { signal, form, path, headers };
}

/** Reads a whole request. Throws `PLB_TESTING_OTLP_INVALID`. */
export function readRequest(head: RequestHead, body: Buffer): ReceivedRequest {
  const message = MESSAGES.get(head.signal) ?? "";
  const plain = head.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  return {
    ...head,
    wireBytes: body.length,
    message:
      head.form === "protobuf" ? decodeOtlp(plain, message) : normaliseOtlpJson(JSON.parse(plain.toString()), message),
  };
}

/** One record, span or data point, with the resource and scope that it stands in. */
export interface ReceivedItem {
  readonly resource: OtlpMessage;
  readonly scope: OtlpMessage;
  /** The log record, the span or the metric. */
  readonly item: OtlpMessage;
}

const LISTS: ReadonlyMap<Signal, readonly [string, string, string]> = new Map([
  ["logs", ["resourceLogs", "scopeLogs", "logRecords"]],
  ["traces", ["resourceSpans", "scopeSpans", "spans"]],
  ["metrics", ["resourceMetrics", "scopeMetrics", "metrics"]],
]);

/** The log records, spans or metrics of a request, in their order. */
export function itemsOf({ signal, message }: Pick<ReceivedRequest, "signal" | "message">): readonly ReceivedItem[] {
  const [resources, scopes, items] = LISTS.get(signal) ?? ["", "", ""];
  return listOf(message[resources]).flatMap((group) =>
    listOf(group[scopes]).flatMap((scoped) =>
      listOf(scoped[items]).map((item) => ({
        resource: mapOf(group["resource"]),
        scope: mapOf(scoped["scope"]),
        item,
      })),
    ),
  );
}

/** The value of an attribute in the form of OTLP/JSON (`{ stringValue: "…" }`), of a record, a resource or a scope. */
export function attributeOf(message: OtlpMessage, key: string): OtlpMessage | undefined {
  const entry = listOf(message["attributes"]).find((attribute) => attribute["key"] === key);
  return entry === undefined ? undefined : mapOf(entry["value"]);
}

function listOf(value: unknown): readonly OtlpMessage[] {
  return Array.isArray(value) ? (value as OtlpMessage[]) : [];
}

function mapOf(value: unknown): OtlpMessage {
  return typeof value === "object" && value !== null ? (value as OtlpMessage) : {};
}
