import type { OutputReport } from "@plumbline/core";
import type { Findings } from "./oracle.ts";

/** One output as the three who know of it see it. */
export interface OutputEvidence {
  readonly name: string;
  /** What the shop itself counted when it emitted. */
  readonly emitted: number;
  /** What the oracle found in the files. */
  readonly found: Findings;
  /** How many events are not for this output, by what the oracle read in the journal. */
  readonly notForIt: number;
  /** Whether this output may drop events when its queue is full. */
  readonly mayOverflow: boolean;
  /** What Plumbline says. */
  readonly report: OutputReport;
}

/** One figure of the table: what the files say, and whether everybody agrees. */
export interface Figure {
  readonly column: string;
  readonly text: string;
  readonly isRight: boolean;
}

/** A row of the table. */
export interface Verdict {
  readonly name: string;
  readonly figures: readonly Figure[];
}

/**
 * Compares, figure by figure, what the shop did and the files hold with what `telemetry.report()` says. A figure is right only if both sides have
 * the same number, and if it is the number it must be: nothing torn, nothing out of sequence, no secret, and nothing dropped without a reason.
 */
export function judge(evidence: OutputEvidence): Verdict {
  const { emitted, found, notForIt, mayOverflow, report } = evidence;
  const missing = emitted - notForIt - found.lines;
  const dropped = Object.entries(report.dropped);
  const droppedCount = dropped.reduce((sum, [, count]) => sum + count, 0);
  const reasonsAllowed = dropped.every(([reason]) => mayOverflow && reason === "overflow");
  const reasons = dropped.map(([reason, count]) => `${reason} ${format(count)}`).join(", ");
  const isSettled = report.queued === 0 && report.inFlight === 0;
  return {
    name: evidence.name,
    figures: [
      figure("accepted", emitted, report.accepted),
      { ...figure("durable", found.lines, report.delivered), isRight: found.lines === report.delivered && isSettled },
      figure("filtered", notForIt, report.filtered),
      {
        column: "dropped by reason",
        text: missing === droppedCount ? reasons || "0" : `${format(missing)}, not ${reasons || "0"}`,
        isRight: missing === droppedCount && reasonsAllowed,
      },
      none("torn", found.torn),
      none("out of sequence", found.outOfSequence),
      none("secrets found", found.secretsFound),
    ],
  };
}

/** A fact about the run that must hold for the table to mean anything. */
export function mustHold(column: string, text: string, isRight: boolean): Figure {
  return { column, text, isRight };
}

export function isRight(verdicts: readonly Verdict[], facts: readonly Figure[]): boolean {
  return [...verdicts.flatMap(({ figures }) => figures), ...facts].every((each) => each.isRight);
}

function figure(column: string, truth: number, said: number): Figure {
  const isSame = truth === said;
  return { column, text: isSame ? format(truth) : `${format(truth)}, not ${format(said)}`, isRight: isSame };
}

function none(column: string, count: number): Figure {
  return { column, text: format(count), isRight: count === 0 };
}

const NUMBER = new Intl.NumberFormat("en-US");

function format(count: number): string {
  return NUMBER.format(count);
}
