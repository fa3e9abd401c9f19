import type { OutputReport } from "../ledger.ts";

/**
 * The account of everything that was emitted. Outside of a call of `emit`, exactly:
 * `emitted = disabled + filtered + accepted + sum(dropped)`; and every output that was wired all the time has the same `accepted`.
 */
export interface IntakeReport {
  /** Calls of `emit` and `emitAsync`. */
  readonly emitted: number;
  /** Below the pipeline's `minSeverity`, or emitted while there was no output at all. */
  readonly disabled: number;
  /** Filtered out by a processor. */
  readonly filtered: number;
  /** Handed to every output, each of which accounts for it. */
  readonly accepted: number;
  /** Before any output could account for it: `reentrant` (emitted from inside a plugin or getter that the pipeline had called) or `failed`. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** What one processor did. */
export interface ProcessorReport {
  readonly name: string;
  readonly filtered: number;
  /** Events that went on as they were before it, because it threw or returned nonsense. */
  readonly failed: number;
  /** Events that went past it while it was left alone after failures in a row. */
  readonly bypassed: number;
}

/** Everything that a pipeline counts, at one moment. */
export interface TelemetryReport {
  readonly intake: IntakeReport;
  /** The journal first, then the outputs as they are configured, then those that are no longer. One entry a name. */
  readonly outputs: readonly OutputReport[];
  /** In the order in which they are configured, then those that are no longer. One entry a name. */
  readonly processors: readonly ProcessorReport[];
  /** What the walk cut or replaced, by reason. */
  readonly lines: Readonly<Record<string, number>>;
  /** What was redacted, by rule or detector id. */
  readonly redacted: Readonly<Record<string, number>>;
}

/** Sums counts key by key. */
export function addCounts(
  first: Readonly<Record<string, number>>,
  second: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sums = new Map(Object.entries(first));
  for (const [key, count] of Object.entries(second)) sums.set(key, (sums.get(key) ?? 0) + count);
  return Object.fromEntries(sums);
}

/** The accounts of several outputs of one name as one; the identity holds for the sum as it does for each. */
export function addOutputReports(first: OutputReport, second: OutputReport): OutputReport {
  return {
    name: first.name,
    accepted: first.accepted + second.accepted,
    adopted: first.adopted + second.adopted,
    delivered: first.delivered + second.delivered,
    inFlight: first.inFlight + second.inFlight,
    queued: first.queued + second.queued,
    filtered: first.filtered + second.filtered,
    dropped: addCounts(first.dropped, second.dropped),
    redelivered: first.redelivered + second.redelivered,
  };
}
