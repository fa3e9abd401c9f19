import type { FindingKind, VerifyReport } from "@plumbline/jsonl";
import type { Colours } from "../terminal/colour.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { total, type Verified } from "./verify-path.ts";

const COLUMNS: readonly Column[] = [
  { title: "file" },
  { title: "lines", align: "right" },
  { title: "events", align: "right" },
  { title: "torn", align: "right" },
  { title: "damaged", align: "right" },
  { title: "missing", align: "right" },
  { title: "repeated", align: "right" },
  { title: "displaced", align: "right" },
  { title: "secrets", align: "right" },
  { title: "ids" },
];

/** Findings that stand in a column of their own; all others are damage. */
const OWN_COLUMN: ReadonlySet<string> = new Set<FindingKind>(["torn", "hole", "repeated", "reordered"]);

/** What was verified, for people to read: a table, what was found where, and one line that sums it up. */
export function renderVerified(verified: readonly Verified[], colours: Colours): string {
  const rows = verified.map((each) => row(safeText(each.path), each.report, each.secretCount, colours));
  const sum = total(verified, 0);
  if (verified.length > 1) rows.push(row(colours.bold("all"), sum.report, sum.secretCount, colours));
  const findings = verified.flatMap((each) => renderFindings(each, colours));
  const notes = verified.flatMap(({ setAside }) =>
    setAside.map((path) =>
      colours.dim(`note: ${safeText(path)} holds what a crash left; it is not part of the lines\n`),
    ),
  );
  return [
    renderTable(COLUMNS, rows, colours),
    ...(findings.length === 0 ? [] : ["\n", ...findings]),
    ...(notes.length === 0 ? [] : ["\n", ...notes]),
    "\n",
    summary(sum.report, sum.secretCount, colours),
  ].join("");
}

function row(title: string, report: VerifyReport, secretCount: number, colours: Colours): readonly string[] {
  const { counts } = report;
  const bad = (count: number): string => (count === 0 ? "0" : colours.red(formatCount(count)));
  return [
    title,
    formatCount(report.lines),
    formatCount(report.events),
    bad(counts.torn ?? 0),
    bad(damaged(report)),
    bad(report.missing),
    bad(counts.repeated ?? 0),
    bad(counts.reordered ?? 0),
    bad(secretCount),
    describeIds(report),
  ];
}

function damaged(report: VerifyReport): number {
  return Object.entries(report.counts).reduce((sum, [kind, count]) => (OWN_COLUMN.has(kind) ? sum : sum + count), 0);
}

function describeIds(report: VerifyReport): string {
  const [only] = report.epochs;
  if (only === undefined) return "none";
  const inOrder = report.epochs.every((epoch) => epoch.missing + epoch.repeated + epoch.reordered === 0);
  const range = report.epochs.length === 1 ? `${only.first}–${only.last}` : `${report.epochs.length} epochs`;
  return inOrder ? `${range}, dense` : range;
}

/** One line for each finding: what was found in the lines, then the secrets. */
export function renderFindings(verified: Verified, colours: Colours): readonly string[] {
  const { report, secrets } = verified;
  const lines = [
    ...report.findings.map(({ file, line, offset, kind, message }) => ({ file, line, offset, kind, message })),
    ...secrets.map(({ file, line, offset, rule, field }) => ({
      file,
      line,
      offset,
      kind: "secret",
      message: `${field === "" ? "The line" : safeText(field)} holds what the rule ${safeText(rule)} knows as a secret.`,
    })),
  ].map(
    ({ file, line, offset, kind, message }) =>
      `${safeText(file)}:${line} ${colours.dim(`(byte ${offset})`)} ${colours.red(kind)} ${message}\n`,
  );
  const left = report.findingsOmitted + verified.secretCount - secrets.length;
  return left > 0 ? [...lines, colours.dim(`… and ${formatCount(left)} more; --json lists up to 1,000\n`)] : lines;
}

function summary(report: VerifyReport, secretCount: number, colours: Colours): string {
  const read = `${formatCount(report.events)} ${report.events === 1 ? "event" : "events"} in ${report.files} ${report.files === 1 ? "file" : "files"}`;
  return report.ok && secretCount === 0
    ? `${colours.green("ok")}: ${read}, nothing wrong\n`
    : `${colours.red("not ok")}: ${read}; what was found stands above\n`;
}
