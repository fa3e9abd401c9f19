import { peekId } from "./line-id.ts";
import type { PackingProblem } from "./packing.ts";
import type { RawLine } from "./raw-line.ts";

/**
 * Why something between two line ends is not an event's line.
 * - `torn`: nothing ends it, and its writer is gone or done with the file.
 * - `nul`: it holds NUL bytes, which JSON text never has: its content did not reach the disk.
 * - `too-long`, `not-utf8`: as for a {@link RawLine}.
 * - `not-json`: empty, cut, or two lines in one another.
 * - `not-an-event`: JSON, but not an object.
 * - `out-of-order`: its number came before: it is repeated, or displaced. Only where a whole journal is read.
 * - `corrupt-gzip`, `corrupt-zstd`: the file cannot be unpacked from here on.
 */
export type StoredProblemKind =
  | "torn"
  | "nul"
  | "too-long"
  | "not-utf8"
  | "not-json"
  | "not-an-event"
  | "out-of-order"
  | PackingProblem;

/** One event's line as it stands in a file. */
export interface StoredLine {
  readonly kind: "line";
  /** The JSON text, without its end. */
  readonly text: string;
  /** The id at the line's beginning, where it has one; its form is not checked here. */
  readonly id: string | undefined;
  readonly file: string;
  /** Where the line begins, in bytes; in the unpacked text of a compressed file. */
  readonly offset: number;
  /** Bytes of the line without its end. */
  readonly size: number;
}

/** A stretch of a file that is no event's line. */
export interface StoredProblem {
  readonly kind: "problem";
  readonly problem: StoredProblemKind;
  readonly file: string;
  readonly offset: number;
  /** Bytes of the stretch; 0 where it is not known. */
  readonly size: number;
}

export type StoredEntry = StoredLine | StoredProblem;

/**
 * How closely a line is looked at.
 * - `json`: it is parsed once, and dropped.
 * - `shape`: it begins and ends as an object does and holds no NUL; enough for files that only Plumbline writes, and
 *   many times as fast.
 */
export type LineCheck = "json" | "shape";

const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** What a stretch between two line ends is. */
export function toStoredEntry(line: RawLine, file: string, check: LineCheck): StoredEntry {
  const { offset, size } = line;
  const problem = line.terminator === "" ? "torn" : line.problem;
  if (problem !== undefined) return { kind: "problem", problem, file, offset, size };
  const text = withoutByteOrderMark(line);
  const found = text.includes("\0") ? "nul" : check === "json" ? checkJson(text) : checkShape(text);
  if (found !== undefined) return { kind: "problem", problem: found, file, offset, size };
  return { kind: "line", text, id: peekId(text), file, offset, size };
}

/** The line's text, less a byte order mark at the very beginning of the source. */
function withoutByteOrderMark(line: RawLine): string {
  const { text } = line;
  return line.offset === 0 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function checkShape(text: string): StoredProblemKind | undefined {
  const last = text.charCodeAt(text.length - 1);
  if (text.charCodeAt(0) === BRACE_OPEN && last === BRACE_CLOSE) return undefined;
  return checkJson(text); // rare: white space around it, or none of our lines at all
}

function checkJson(text: string): StoredProblemKind | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not-json"; // the error is not kept: its message quotes the line
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "not-an-event";
}
