import type { TelemetryReport } from "@plumbline/core";

/** Why an event was dropped before there was a system to count it. */
export type EarlyDropReason = "starting" | "closed" | "deadline";

/** Counts events that never reached a system, for the account of it. */
export class EarlyDrops {
  readonly #counts = new Map<EarlyDropReason, number>();

  add(reason: EarlyDropReason, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** A report with these among what was emitted, and dropped by the intake. */
  complete<Report extends TelemetryReport>(report: Report): Report {
    if (this.#counts.size === 0) return report;
    const { intake } = report;
    const dropped = new Map(Object.entries(intake.dropped));
    let { emitted } = intake;
    for (const [reason, count] of this.#counts) {
      dropped.set(reason, (dropped.get(reason) ?? 0) + count);
      emitted += count;
    }
    return { ...report, intake: { ...intake, emitted, dropped: Object.fromEntries(dropped) } };
  }
}
