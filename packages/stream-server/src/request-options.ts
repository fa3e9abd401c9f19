import { zstdCompress } from "./compress.ts";
import { parseTimestamp, toSeverityNumber, type SeverityNumber } from "@plumbline/core";
import { createStreamFilter, type StreamFilterOptions, type StreamStart, type WantedValue } from "@plumbline/stream";
import { serverError } from "./server-error.ts";

/** What of a subscription may change while it runs. */
export interface SubscriberOptions {
  readonly filter: StreamFilterOptions;
  /** Whether that leaves anything out. */
  readonly isFiltered: boolean;
  /** A frame that would be longer is left out, with a gap that says so. */
  readonly maxMessageBytes: number;
  /** Events in one frame at most; 1: a frame for each. */
  readonly batch: number;
}

/** How frames are packed, one by one. */
export type Compression = "none" | "gzip" | "zstd";

/** What a client asks for when it connects. */
export interface SubscribeRequest {
  readonly cursor: StreamStart;
  readonly options: SubscriberOptions;
  readonly compress: Compression;
  /** Nothing is sent before the first `options_update`. */
  readonly requireHello: boolean;
}

/** A change of options in mid-stream, and the client's own word for it, which comes back when it is in force. */
export interface OptionsUpdate {
  readonly id: string | number | undefined;
  readonly options: SubscriberOptions;
}

const MAX_BATCH = 1024;
const MIN_MESSAGE_BYTES = 256;
const KNOWN: ReadonlySet<string> = new Set([
  "cursor",
  "wantedNames",
  "minSeverity",
  "wantedAttributes",
  "maxMessageBytes",
  "batch",
  "compress",
  "requireHello",
  "ticket",
]);

/**
 * Reads the query of a subscription; `lastEventId` is the header of that name, which wins over the parameter, as a browser that reconnects sends the old
 * address. Throws `PLB_SERVE_PARAMETER_INVALID`, `PLB_SERVE_FILTER_TOO_LARGE` or `PLB_STREAM_OPTION_INVALID`.
 */
export function readRequest(
  query: URLSearchParams,
  lastEventId: string | undefined,
  maxFilterEntries: number,
): SubscribeRequest {
  for (const name of query.keys()) if (!KNOWN.has(name)) throw unknownName(name);
  const names = query.getAll("wantedNames");
  const attributes = new Map<string, WantedValue[]>();
  for (const pair of query.getAll("wantedAttributes")) {
    const at = pair.indexOf("=");
    if (at < 1) throw invalid("wantedAttributes");
    const values = attributes.get(pair.slice(0, at)) ?? [];
    values.push(...valuesOf(pair.slice(at + 1)));
    attributes.set(pair.slice(0, at), values);
  }
  const filter = filterOf(
    names.length > 0 ? names : undefined,
    single(query, "minSeverity"),
    attributes.size > 0 ? Object.fromEntries(attributes) : undefined,
  );
  const options = {
    // A pair is one entry, whatever its text may stand for.
    ...checked(filter, names.length + query.getAll("wantedAttributes").length, maxFilterEntries),
    maxMessageBytes: bytesOf(single(query, "maxMessageBytes")),
    batch: batchOf(single(query, "batch")),
  };
  return {
    cursor: startOf(lastEventId ?? single(query, "cursor") ?? "latest"),
    options,
    compress: compressionOf(single(query, "compress") ?? "none"),
    requireHello: flagOf("requireHello", single(query, "requireHello") ?? "false"),
  };
}

/** Reads a message of a client. Throws `PLB_SERVE_MESSAGE_INVALID` and as {@link readRequest} does. */
export function readUpdate(text: string, maxFilterEntries: number): OptionsUpdate {
  const message = parseObject(text);
  const { kind, id, options = {}, ...rest } = message ?? {};
  const isId = id === undefined || Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 64);
  const given = isMap(options) ? options : undefined;
  if (kind !== "options_update" || !isId || given === undefined || Object.keys(rest).length > 0) {
    throw serverError("PLB_SERVE_MESSAGE_INVALID");
  }
  const { wantedNames, minSeverity, wantedAttributes, maxMessageBytes, batch, ...others } = given;
  const [other] = Object.keys(others);
  if (other !== undefined) throw unknownName(other);
  if (wantedNames !== undefined && !isTexts(wantedNames)) throw invalid("wantedNames");
  if (wantedAttributes !== undefined && !isWanted(wantedAttributes)) throw invalid("wantedAttributes");
  const filter = filterOf(wantedNames, minSeverity, wantedAttributes);
  return {
    id: id as string | number | undefined, // checked above
    options: {
      ...checked(filter, entriesOf(filter), maxFilterEntries),
      maxMessageBytes: bytesOf(maxMessageBytes),
      batch: batchOf(batch),
    },
  };
}

function filterOf(
  wantedNames: readonly string[] | undefined,
  minSeverity: unknown,
  wantedAttributes: StreamFilterOptions["wantedAttributes"],
): StreamFilterOptions {
  return { wantedNames, minSeverity: severityOf(minSeverity), wantedAttributes };
}

/** A filter that is neither too large nor one that none can be made of. */
function checked(
  filter: StreamFilterOptions,
  entries: number,
  maxEntries: number,
): Pick<SubscriberOptions, "filter" | "isFiltered"> {
  if (entries > maxEntries) throw serverError("PLB_SERVE_FILTER_TOO_LARGE", { details: { maxEntries } });
  return { filter, isFiltered: createStreamFilter(filter) !== undefined };
}

function entriesOf({ wantedNames = [], wantedAttributes = {} }: StreamFilterOptions): number {
  const values = Object.values(wantedAttributes);
  return wantedNames.length + values.reduce<number>((sum, each) => sum + (Array.isArray(each) ? each.length : 1), 0);
}

/** What a text in a query may stand for: itself, and the number or truth value that it spells. */
function valuesOf(text: string): readonly WantedValue[] {
  if (text === "true" || text === "false") return [text, text === "true"];
  const number = Number(text);
  return text.trim() === "" || !Number.isFinite(number) ? [text] : [text, number];
}

function startOf(text: string): StreamStart {
  if (!text.startsWith("time:")) return text;
  const time = parseTimestamp(text.slice("time:".length));
  if (time === undefined) throw invalid("cursor");
  return { time };
}

function severityOf(value: unknown): SeverityNumber | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\d{1,2}$/.test(value) ? Number(value) : value;
  const severity = toSeverityNumber(number);
  if (severity === undefined) throw invalid("minSeverity");
  return severity;
}

function bytesOf(value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const bytes = wholeOf(value);
  if (bytes === undefined || bytes < MIN_MESSAGE_BYTES) throw invalid("maxMessageBytes");
  return bytes;
}

function batchOf(value: unknown): number {
  if (value === undefined) return 1;
  const batch = wholeOf(value);
  if (batch === undefined || batch < 1 || batch > MAX_BATCH) throw invalid("batch");
  return batch;
}

function wholeOf(value: unknown): number | undefined {
  if (typeof value === "string") return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

function compressionOf(text: string): Compression {
  if (text === "none" || text === "gzip" || (text === "zstd" && zstdCompress !== undefined)) return text;
  throw invalid("compress");
}

function flagOf(name: string, text: string): boolean {
  if (text !== "true" && text !== "false") throw invalid(name);
  return text === "true";
}

function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = query.getAll(name);
  if (more.length > 0) throw invalid(name);
  return value;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined; // no JSON: told as every other message that is none of ours
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** That the values are ones that can be wanted is seen when the filter is made. */
function isWanted(value: unknown): value is NonNullable<StreamFilterOptions["wantedAttributes"]> {
  return isMap(value);
}

function unknownName(name: string): Error {
  const shown = name.length <= 32 && /^\w+$/.test(name) ? ` ${name}` : "";
  return serverError("PLB_SERVE_PARAMETER_INVALID", { message: `The parameter${shown} is not one of a subscription.` });
}

function invalid(parameter: string): Error {
  return serverError("PLB_SERVE_PARAMETER_INVALID", {
    message: `The parameter ${parameter} of a subscription has a value it cannot have.`,
    details: { parameter },
  });
}
