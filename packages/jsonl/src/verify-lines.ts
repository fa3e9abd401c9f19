import { parseId } from "@plumbline/core";
import { EpochAccount, type LinePlace } from "./epoch-account.ts";
import { isSeverityName, isTime } from "./judge-fields.ts";
import type { PackingProblem } from "./packing.ts";
import type { RawLine } from "./raw-line.ts";
import type { Finding, FindingKind, VerifyReport } from "./verify-report.ts";

/** Options of a {@link LineVerifier}. */
export interface LineVerifierOptions {
  /**
   * Whether the journal was never trimmed: its first epoch must then begin with 1. Otherwise the first number that comes
   * is where it begins. Later epochs begin with 1 in either case. Default false.
   */
  readonly isComplete?: boolean;
  /** How many findings are listed; all are counted. Default 1,000. */
  readonly maxFindings?: number;
  /** Called for every event, in order, with its text and place: for checks of one's own. */
  readonly onEvent?: (text: string, place: LinePlace) => void;
  /** The same of every line that is no event: torn, too long (its beginning), not UTF-8 (read as Latin-1), with NUL bytes, not JSON, or JSON that is no event. */
  readonly onDamaged?: (text: string, place: LinePlace) => void;
}

const DEFAULT_MAX_FINDINGS = 1000;
const CARRIAGE_RETURN = "\r";

/**
 * The oracle: reads every line of one journal, or of one plain file, in the order in which they stand, and counts what is
 * torn, damaged, missing, repeated and displaced. It trusts nothing: every line is parsed, and the ids are compared.
 */
export class LineVerifier {
  readonly #options: LineVerifierOptions;
  readonly #accounts = new Map<string, EpochAccount>();
  readonly #counts = new Map<FindingKind, number>();
  readonly #findings: Finding[] = [];
  readonly #maxFindings: number;
  /** The files in the order in which they came. */
  readonly #files = new Map<string, number>();
  #lines = 0;
  #events = 0;
  #bytes = 0;
  #withoutId = 0;
  #omitted = 0;
  #file = "";
  #lineNumber = 0;

  constructor(options: LineVerifierOptions = {}) {
    this.#options = options;
    this.#maxFindings = options.maxFindings ?? DEFAULT_MAX_FINDINGS;
  }

  /** Says that the lines from here on stand in this file. */
  beginFile(file: string): void {
    this.#file = file;
    this.#files.set(file, this.#files.size);
    this.#lineNumber = 0;
  }

  /** Says that the rest of the file cannot be read. */
  failFile(kind: PackingProblem | "unreadable", offset: number, message: string): void {
    this.#find(kind, { file: this.#file, line: this.#lineNumber + 1, offset }, message);
  }

  /** Takes the next line of the file. */
  take(line: RawLine): void {
    this.#lineNumber += 1;
    this.#bytes += line.size + line.terminator.length;
    const place: LinePlace = { file: this.#file, line: this.#lineNumber, offset: line.offset };
    if (line.terminator === "") {
      this.#find("torn", place, `The file ends with ${line.size} bytes that no line feed ends.`, { size: line.size });
      this.#options.onDamaged?.(textOf(line), place);
      return;
    }
    this.#lines += 1;
    if (line.problem !== undefined) {
      const what = line.problem === "too-long" ? "is longer than the limit" : "is not UTF-8";
      this.#find(line.problem, place, `The line ${what} (${line.size} bytes).`, { size: line.size });
      this.#options.onDamaged?.(textOf(line), place);
      return;
    }
    const { text } = line;
    if (text.includes("\0")) {
      this.#find("nul", place, "The line holds NUL bytes: its content did not reach the disk.", { size: line.size });
      this.#options.onDamaged?.(text, place);
      return;
    }
    const hasMark = line.offset === 0 && text.charCodeAt(0) === 0xfeff;
    if (hasMark) this.#find("byte-order-mark", place, "A byte order mark stands before the first line.");
    if (text.endsWith(CARRIAGE_RETURN))
      this.#find("carriage-return", place, "A carriage return stands before the line feed.");
    const given = hasMark ? text.slice(1) : text;
    if (!this.#takeEvent(given, place, line.size)) this.#options.onDamaged?.(given, place);
  }

  /** All that was found so far. Holes are placed where they were seen, and are gone where late lines filled them. */
  report(): VerifyReport {
    const epochs = [...this.#accounts.values()].map((account) => account.report());
    const ranges = [...this.#accounts].flatMap(([epoch, account]) =>
      account.missing.map((range): Finding => {
        const size = range.to - range.from + 1;
        const what = size === 1 ? `${epoch}:${range.from} is` : `${epoch}:${range.from} to ${range.to} are`;
        return { ...range.place, kind: "hole", size, message: `${what} missing before this line.` };
      }),
    );
    const counts = Object.fromEntries(ranges.length > 0 ? [...this.#counts, ["hole", ranges.length]] : this.#counts);
    const findings = [...this.#findings, ...ranges].sort(
      (a, b) => (this.#files.get(a.file) ?? 0) - (this.#files.get(b.file) ?? 0) || a.line - b.line,
    );
    const missing = epochs.reduce((sum, epoch) => sum + epoch.missing, 0);
    return {
      files: this.#files.size,
      lines: this.#lines,
      events: this.#events,
      bytes: this.#bytes,
      withoutId: this.#withoutId,
      counts,
      missing,
      epochs,
      findings: findings.slice(0, this.#maxFindings),
      findingsOmitted: this.#omitted + Math.max(0, findings.length - this.#maxFindings),
      ok: this.#counts.size === 0 && missing === 0,
    };
  }

  /** Whether the line is an event. */
  #takeEvent(text: string, place: LinePlace, size: number): boolean {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#find("not-json", place, "The line is not one JSON value: cut, or glued to another.", { size });
      return false;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#find("not-an-event", place, "The line is JSON, but not an object.", { size });
      return false;
    }
    const { id, time, severity } = value as { id?: unknown; time?: unknown; severity?: unknown };
    if (typeof time !== "string") {
      this.#find("not-an-event", place, "The line is an object without a time.", { size });
      return false;
    }
    this.#events += 1;
    if (!isTime(time))
      this.#find("bad-time", place, "The line's time is no moment in UTC, such as 2026-11-20T21:57:03.123456Z.");
    if (severity !== undefined && !isSeverityName(severity))
      this.#find("bad-severity", place, "The line's severity is none of the 24 names from TRACE to FATAL4.");
    this.#takeId(id, place);
    this.#options.onEvent?.(text, place);
    return true;
  }

  #takeId(id: unknown, place: LinePlace): void {
    if (id === undefined) {
      this.#withoutId += 1;
      if (this.#accounts.size > 0) this.#find("no-id", place, "The line has no id, and lines before it have.");
      return;
    }
    const parsed = typeof id === "string" ? parseId(id) : undefined;
    if (parsed === undefined || typeof id !== "string") {
      this.#find("bad-id", place, "The line's id is not of the form epoch:seq.");
      return;
    }
    let account = this.#accounts.get(parsed.epoch);
    if (account === undefined) {
      const isFirst = this.#accounts.size === 0 && this.#options.isComplete !== true;
      account = new EpochAccount(parsed.epoch, isFirst ? parsed.seq : 1);
      this.#accounts.set(parsed.epoch, account);
    }
    const verdict = account.take(parsed.seq, place);
    if (verdict === "repeated") this.#find("repeated", place, `${id} came before.`, { id });
    if (verdict === "reordered") this.#find("reordered", place, `${id} stands after a higher number.`, { id });
  }

  #find(kind: FindingKind, place: LinePlace, message: string, extra: { id?: string; size?: number } = {}): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#findings.length < this.#maxFindings) this.#findings.push({ ...place, kind, ...extra, message });
    else this.#omitted += 1;
  }
}

function textOf(line: RawLine): string {
  return line.problem === "not-utf8" ? line.bytes.toString("latin1") : line.text;
}
