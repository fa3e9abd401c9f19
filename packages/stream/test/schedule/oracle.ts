import { parseId } from "@plumbline/core";
import { compareIds } from "@plumbline/jsonl";
import type { StreamGapReason } from "../../src/index.ts";

/** What a subscriber saw, in order. */
export type Seen =
  | { readonly kind: "event"; readonly id: string; readonly line: string }
  | {
      readonly kind: "gap";
      readonly from: string | undefined;
      readonly to: string;
      readonly missing: number | undefined;
      readonly reason: StreamGapReason;
    };

/** What was there to be seen. */
export interface Truth {
  /** Every line that reached the file, in order. */
  readonly written: readonly { readonly id: string; readonly line: string }[];
  readonly retired: ReadonlySet<string>;
  readonly damaged: ReadonlySet<string>;
  /** Whether the subscriber wanted the event. */
  readonly isWanted: (line: string) => boolean;
  /** The position that it began at; `undefined` for the earliest there was. */
  readonly start: string | undefined;
  /** Whether it may have seen what never reached the file. */
  readonly mayBeLost: boolean;
}

/** How often what was seen differs from what was there. */
export interface Verdict {
  readonly missing: number;
  readonly repeated: number;
  readonly disordered: number;
  /** Events that nobody wrote, or with another content. */
  readonly foreign: number;
  /** Gaps that hide what was there, or count wrongly. */
  readonly unexplained: number;
  /** Gaps where nothing was missing. */
  readonly falseAlarms: number;
}

/** Compares what a subscriber saw with the journal, event by event. */
export function judge(truth: Truth, seen: readonly Seen[]): Verdict {
  const verdict = { missing: 0, repeated: 0, disordered: 0, foreign: 0, unexplained: 0, falseAlarms: 0 };
  const { written, retired, damaged, isWanted, start, mayBeLost } = truth;
  const places = new Map(written.map(({ id }, at) => [id, at]));
  let next = start === undefined ? placeOfFirst(written, seen) : placeAfter(written, start);
  const given = new Set<string>();
  let lost: string | undefined;
  for (const item of seen) {
    if (item.kind === "event") {
      const at = places.get(item.id);
      if (at === undefined) {
        if (mayBeLost) lost = item.id;
        else verdict.foreign += 1;
        continue;
      }
      if (written[at]?.line !== item.line) verdict.foreign += 1;
      if (given.has(item.id)) verdict.repeated += 1;
      else if (at < next) verdict.disordered += 1;
      else {
        verdict.missing += written.slice(next, at).filter(({ line }) => isWanted(line)).length;
        next = at + 1;
      }
      given.add(item.id);
      continue;
    }
    const to = places.get(item.to);
    if (to === undefined || to < next) {
      verdict.unexplained += 1;
      continue;
    }
    // Up to here it had read; what the filter left out was there.
    const from = item.from === undefined ? next : Math.max(next, placeAfter(written, item.from));
    verdict.missing += written.slice(next, from).filter(({ line }) => isWanted(line)).length;
    const gone = written.slice(from, to);
    const isTrue =
      gone.every(({ id }) => damaged.has(id) || retired.has(id)) &&
      (item.reason !== "retention" || gone.length === 0 || gone.some(({ id }) => retired.has(id)));
    if (!isTrue) verdict.unexplained += 1;
    const isOneEpoch = item.from !== undefined && parseId(item.to)?.epoch === item.from.split(":")[0];
    if (isOneEpoch && item.missing !== undefined && lost === undefined && item.missing < gone.length)
      verdict.unexplained += 1;
    if (gone.length === 0 && lost === undefined && item.missing !== undefined) verdict.falseAlarms += 1;
    lost = undefined;
    next = to;
  }
  verdict.missing += written.slice(next).filter(({ id, line }) => isWanted(line) && !damaged.has(id)).length;
  return verdict;
}

/** Whether nothing at all is wrong. */
export function isExact(verdict: Verdict): boolean {
  return Object.values(verdict).every((count) => count === 0);
}

function placeAfter(written: Truth["written"], start: string): number {
  const [epoch = "", seq = "0"] = start.split(":");
  const at = written.findIndex(({ id }) => {
    const parsed = parseId(id);
    return parsed !== undefined && compareIds(parsed, { epoch, seq: Number(seq) }) > 0;
  });
  return at < 0 ? written.length : at;
}

function placeOfFirst(written: Truth["written"], seen: readonly Seen[]): number {
  const [first] = seen;
  if (first === undefined) return 0;
  if (first.kind === "gap") return first.from === undefined ? 0 : placeAfter(written, first.from);
  return written.findIndex(({ id }) => id === first.id);
}
