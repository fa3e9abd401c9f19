import type { EpochReport, LinePlace } from "./epoch-account.ts";
import type { PackingProblem } from "./packing.ts";

/**
 * What a verifier finds.
 * - `torn`: the file ends with a line that nothing ends.
 * - `nul`, `not-utf8`, `too-long`, `not-json`, `not-an-event`: no event's line.
 * - `carriage-return`, `byte-order-mark`: a whole line with something around it that the format does not have.
 * - `bad-time`: its time is no moment in UTC. `bad-severity`: it has a severity that is none of the 24 names.
 * - `bad-id`: it has an id that is none. `no-id`: it has none, among lines that have.
 * - `hole`: numbers are missing before this line. `repeated`: its number came before. `reordered`: a higher one came before.
 * - `corrupt-gzip`, `corrupt-zstd`, `unreadable`: the file could not be read from here on.
 */
export type FindingKind =
  | "torn"
  | "nul"
  | "not-utf8"
  | "too-long"
  | "not-json"
  | "not-an-event"
  | "carriage-return"
  | "byte-order-mark"
  | "bad-time"
  | "bad-severity"
  | "bad-id"
  | "no-id"
  | "hole"
  | "repeated"
  | "reordered"
  | PackingProblem
  | "unreadable";

/** One finding. It quotes nothing of the line but its id. */
export interface Finding extends LinePlace {
  readonly kind: FindingKind;
  /** The line's id, where it has one. */
  readonly id?: string;
  /** Bytes of what is damaged, or how many numbers are missing. */
  readonly size?: number;
  /** One sentence. */
  readonly message: string;
}

/** What a verifier has read and found. */
export interface VerifyReport {
  readonly files: number;
  /** Stretches that a line end ends; a torn one is not among them. */
  readonly lines: number;
  /** Lines that are one event each, as the format has them. */
  readonly events: number;
  readonly bytes: number;
  /** Events without an id; a plain file's have none. */
  readonly withoutId: number;
  /** How often each kind was found; kinds that were not are left out. A hole counts once, however wide. */
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** Numbers that never came, over all epochs. */
  readonly missing: number;
  /** In the order in which the epochs began. */
  readonly epochs: readonly EpochReport[];
  /** In the order of the files and lines, up to the bound. */
  readonly findings: readonly Finding[];
  /** Findings beyond the bound: in the counts, not in the list. */
  readonly findingsOmitted: number;
  /** Whether nothing was found. */
  readonly ok: boolean;
}

/** Several reports as one, each of another journal or file. */
export function mergeReports(reports: readonly VerifyReport[], maxFindings: number): VerifyReport {
  const counts: Partial<Record<FindingKind, number>> = {};
  for (const report of reports) {
    for (const [kind, count] of Object.entries(report.counts) as [FindingKind, number][]) {
      counts[kind] = (counts[kind] ?? 0) + count;
    }
  }
  const sum = (of: (report: VerifyReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const findings = reports.flatMap((report) => report.findings);
  return {
    files: sum((report) => report.files),
    lines: sum((report) => report.lines),
    events: sum((report) => report.events),
    bytes: sum((report) => report.bytes),
    withoutId: sum((report) => report.withoutId),
    counts,
    missing: sum((report) => report.missing),
    epochs: reports.flatMap((report) => report.epochs),
    findings: findings.slice(0, maxFindings),
    findingsOmitted: sum((report) => report.findingsOmitted) + Math.max(0, findings.length - maxFindings),
    ok: reports.every((report) => report.ok),
  };
}
