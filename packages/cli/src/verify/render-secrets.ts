import type { Colours } from "../terminal/colour.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { renderFindings } from "./render-verified.ts";
import { total, type Verified } from "./verify-path.ts";

const COLUMNS: readonly Column[] = [
  { title: "file" },
  { title: "lines", align: "right" },
  { title: "events", align: "right" },
  { title: "secrets", align: "right" },
];

/** The secrets of what was verified, for people to read; what else is wrong is left out. */
export function renderSecrets(verified: readonly Verified[], colours: Colours): string {
  const rows = verified.map(({ path, report, secretCount }) => [
    safeText(path),
    formatCount(report.lines),
    formatCount(report.events),
    secretCount === 0 ? "0" : colours.red(formatCount(secretCount)),
  ]);
  const findings = verified.flatMap((each) =>
    renderFindings({ ...each, report: { ...each.report, findings: [], findingsOmitted: 0 } }, colours),
  );
  const { report, secretCount } = total(verified, 0);
  const read = counted(report.events, "event");
  const others = report.lines - report.events;
  return [
    renderTable(COLUMNS, rows, colours),
    ...(findings.length === 0 ? [] : ["\n", ...findings]),
    ...(others === 0
      ? []
      : [`\n${colours.dim(`note: no event: ${counted(others, "line")}; without --secrets it is said which\n`)}`]),
    "\n",
    secretCount === 0
      ? `${colours.green("ok")}: ${read}, no secret that the rules know\n`
      : `${colours.red("not ok")}: ${counted(secretCount, "secret")} in ${read}\n`,
  ].join("");
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${count === 1 ? noun : `${noun}s`}`;
}
