import { type EventLine, eventLineFrom, PlumblineError, type Signal } from "@plumbline/core";
import { type RawLine, readLines, readUnpacked } from "@plumbline/jsonl";
import type { OtlpJson } from "../message/json-to-proto.ts";

/** What stands in a file, piece by piece. */
export type FileItem =
  | { readonly kind: "line"; readonly line: EventLine; readonly nextOffset: number }
  /** An export request in OTLP/JSON; `count` is how many records, spans or metrics it holds. */
  | {
      readonly kind: "request";
      readonly signal: Signal;
      readonly request: OtlpJson;
      readonly count: number;
      readonly nextOffset: number;
    }
  /** What is neither. */
  | { readonly kind: "invalid"; readonly offset: number; readonly nextOffset: number };

/** A file that is one JSON text of several lines is read whole, up to this. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024;

/** Where the lists of a request stand, by signal: of resources, of scopes, of items. */
const SHAPES: readonly (readonly [Signal, string, string, string])[] = [
  ["logs", "resourceLogs", "scopeLogs", "logRecords"],
  ["traces", "resourceSpans", "scopeSpans", "spans"],
  ["metrics", "resourceMetrics", "scopeMetrics", "metrics"],
];

/**
 * Reads a file of Plumbline's lines, of OTLP/JSON requests, one a line, or of both; or one OTLP/JSON request that is spread over lines. One whose
 * name ends in `.gz` is unpacked; offsets count unpacked bytes. Throws `PLB_JSONL_READ_FAILED`.
 */
export async function* readItems(
  path: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<readonly FileItem[], void, undefined> {
  const source = path.endsWith(".gz") ? readUnpacked(path, { signal }) : path;
  let isFirst = start === 0;
  let whole: Buffer[] | undefined;
  let size = 0;
  for await (const lines of readLines(source, { start, signal })) {
    const first = lines[0];
    if (isFirst && first !== undefined && isOpenEnded(first)) whole = [];
    isFirst = false;
    if (whole === undefined) {
      yield lines.flatMap((line) => itemOf(line));
      continue;
    }
    for (const line of lines) {
      size = line.nextOffset;
      if (size <= MAX_WHOLE_BYTES) whole.push(Buffer.from(line.bytes), NEWLINE);
    }
  }
  if (whole !== undefined) yield [wholeItem(Buffer.concat(whole).toString("utf8"), size)];
}

const NEWLINE = Buffer.from("\n");

/** Whether a JSON text begins in this line and does not end in it. */
function isOpenEnded(line: RawLine): boolean {
  const text = line.text.trim();
  return text.startsWith("{") && parse(text) === undefined;
}

function itemOf(line: RawLine): readonly FileItem[] {
  const { text, offset, nextOffset, problem } = line;
  if (text.trim() === "" && problem === undefined) return [];
  if (problem !== undefined) return [{ kind: "invalid", offset, nextOffset }];
  // Our own lines begin with their id or time: they are not parsed here.
  if (!/^\s*\{\s*"resource(?:Logs|Spans|Metrics)"/.test(text)) {
    try {
      return [{ kind: "line", line: eventLineFrom(text), nextOffset }];
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
    }
  }
  const request = requestOf(parse(text), nextOffset);
  return [request ?? { kind: "invalid", offset, nextOffset }];
}

function wholeItem(text: string, nextOffset: number): FileItem {
  return requestOf(parse(text), nextOffset) ?? { kind: "invalid", offset: 0, nextOffset };
}

function requestOf(json: unknown, nextOffset: number): FileItem | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  for (const [signal, resources, scopes, items] of SHAPES) {
    if (!Object.hasOwn(json, resources)) continue;
    const request = json as OtlpJson; // an object, by the check above
    const count = listOf(request[resources])
      .flatMap((group) => listOf(group[scopes]))
      .reduce((sum, scope) => sum + listOf(scope[items]).length, 0);
    return { kind: "request", signal, request, count, nextOffset };
  }
  return undefined;
}

function listOf(value: unknown): readonly OtlpJson[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).filter((item): item is OtlpJson => typeof item === "object" && item !== null);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, or a part of it
  }
}
