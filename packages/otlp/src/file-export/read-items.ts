import { type EventLine, eventLineFrom, PlumblineError, type Signal } from "@plumbline/core";
import { packingOf, type RawLine, readLines, readUnpacked } from "@plumbline/jsonl";
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
  /** What is neither. `nextOffset` is where it begins when more of it may come. */
  | { readonly kind: "invalid"; readonly nextOffset: number }
  /** A last line whose end, and be it the newline alone, is not written yet: to be read anew from `nextOffset`, where it begins. */
  | { readonly kind: "unfinished"; readonly nextOffset: number };

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
 * name ends in `.gz` or `.zst` is unpacked; offsets count unpacked bytes. Nothing that may still be written on is gone past. Throws `PLB_JSONL_READ_FAILED`,
 * and what unpacking fails with.
 */
export async function* readItems(
  path: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<readonly FileItem[], void, undefined> {
  const open = (): AsyncGenerator<readonly RawLine[], void, undefined> =>
    readLines(packingOf(path) === undefined ? path : readUnpacked(path, { signal }), { start, signal });
  let whole: Whole | undefined;
  let isFirst = start === 0;
  for await (const lines of open()) {
    const [first] = lines;
    if (isFirst && first !== undefined && isOpenEnded(first)) whole = new Whole();
    isFirst = false;
    if (whole === undefined) yield lines.flatMap((line) => itemOf(line));
    else whole.take(lines);
  }
  if (whole === undefined) return;
  const request = whole.request();
  if (request !== undefined || !whole.hasItems) {
    yield [request ?? { kind: "invalid", nextOffset: start }];
    return;
  }
  // Its first line alone is damaged.
  for await (const lines of open()) yield lines.flatMap((line) => itemOf(line));
}

const NEWLINE = Buffer.from("\n");

/** A file that may be one JSON text of several lines. */
class Whole {
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #hasItems = false;

  /** Whether a line by itself is an event, or a request. */
  get hasItems(): boolean {
    return this.#hasItems;
  }

  take(lines: readonly RawLine[]): void {
    for (const line of lines) {
      this.#hasItems ||= itemOf(line).some(({ kind }) => kind === "line" || kind === "request");
      this.#size = line.nextOffset;
      if (this.#size <= MAX_WHOLE_BYTES) this.#pieces.push(Buffer.from(line.bytes), NEWLINE);
    }
  }

  /** The request that all lines together are. */
  request(): FileItem | undefined {
    return requestOf(parse(Buffer.concat(this.#pieces).toString("utf8")), this.#size);
  }
}

/** Whether a JSON text that is no line of ours begins in this line and does not end in it. */
function isOpenEnded({ text, problem }: RawLine): boolean {
  const isOurs = /^\s*\{\s*"(?:id|time)"/.test(text);
  return problem === undefined && !isOurs && text.trimStart().startsWith("{") && parse(text) === undefined;
}

function itemOf(line: RawLine): readonly FileItem[] {
  const { text, offset, nextOffset, problem, terminator } = line;
  if (text.trim() === "" && problem === undefined) return [];
  // A writer may be in the middle of it, and what stands there after a crash is cut off and written over.
  if (terminator === "" && (problem !== undefined || parse(text) === undefined)) {
    return [{ kind: text.startsWith("{") ? "unfinished" : "invalid", nextOffset: offset }];
  }
  if (problem !== undefined) return [{ kind: "invalid", nextOffset }];
  // Our own lines begin with their id or time: they are not parsed here.
  if (!/^\s*\{\s*"resource(?:Logs|Spans|Metrics)"/.test(text)) {
    try {
      const line = eventLineFrom(text);
      // Whole, and without its end, it may be cut off and written over too.
      return [terminator === "" ? { kind: "unfinished", nextOffset: offset } : { kind: "line", line, nextOffset }];
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
    }
  }
  const request = requestOf(parse(text), nextOffset);
  return [request ?? { kind: "invalid", nextOffset }];
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
