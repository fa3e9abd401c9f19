import { errorCode } from "../errors.ts";
import type { EventInput } from "../event.ts";
import type { OutputLedger } from "../ledger.ts";
import type { JournalLine } from "../line-record.ts";
import { toSeverityNumber, type SeverityNumber } from "../severity.ts";
import type { EmitGuard } from "./emit-guard.ts";
import type { FailureReporter } from "./failure-reporter.ts";
import { runProcessors } from "./processor-chain.ts";
import type { IntakeReport } from "./telemetry-report.ts";
import type { Wiring } from "./wiring.ts";

/** Why an event went no further than the intake. */
export type Refusal = "disabled" | "filtered" | "closed" | "reentrant" | "failed";

/** What an event without a severity, or with one that does not exist, is taken for: INFO. */
const DEFAULT_SEVERITY: SeverityNumber = 9;

/** What stands before the outputs: thresholds, processors, the walk; and the account of every call of `emit`. */
export class Intake {
  readonly #guard: EmitGuard;
  readonly #failures: FailureReporter;
  #phase: "open" | "ended" | "closed" = "open";
  #emitted = 0;
  #disabled = 0;
  #filtered = 0;
  #accepted = 0;
  #reentrant = 0;
  #failed = 0;

  constructor(guard: EmitGuard, failures: FailureReporter) {
    this.#guard = guard;
    this.#failures = failures;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** From now on every event but a late one is dropped as `closed`, in the account of every output. */
  end(): void {
    if (this.#phase === "open") this.#phase = "ended";
  }

  /** From now on late ones are, too. */
  close(): void {
    this.#phase = "closed";
  }

  /** Every count, at this moment. */
  report(): IntakeReport {
    const dropped = Object.entries({ reentrant: this.#reentrant, failed: this.#failed }).filter(
      ([, count]) => count > 0,
    );
    return {
      emitted: this.#emitted,
      disabled: this.#disabled,
      filtered: this.#filtered,
      accepted: this.#accepted,
      dropped: Object.fromEntries(dropped),
    };
  }

  /** The event's line, or why there is none; either way the event is counted. Never throws. */
  admit(event: EventInput, wiring: Wiring, isLate = false): JournalLine | Refusal {
    this.#emitted += 1;
    if (this.#guard.isInside) {
      this.#reentrant += 1;
      this.#failures.report("PLB_EMIT_REENTRANT", "an event was emitted from inside a call of the pipeline's own");
      return "reentrant";
    }
    if (this.#phase === "closed" || (this.#phase === "ended" && !isLate)) {
      this.#accepted += 1;
      for (const ledger of ledgersOf(wiring)) ledger.refuse("closed");
      return "closed";
    }
    const before = this.#guard.enter();
    try {
      let severity = toSeverityNumber(event.severity) ?? DEFAULT_SEVERITY;
      if (severity < wiring.minSeverity) {
        this.#disabled += 1;
        return "disabled";
      }
      let input = event;
      if (wiring.stages.length > 0) {
        const draft = runProcessors(wiring.stages, event, severity);
        if (draft === undefined) {
          this.#filtered += 1;
          return "filtered";
        }
        severity = toSeverityNumber(draft.severity) ?? severity;
        input = draft;
      }
      if (severity < wiring.lowestTaken) {
        this.#accepted += 1;
        for (const ledger of ledgersOf(wiring)) ledger.filter();
        return "filtered";
      }
      const line = wiring.writer.write(input, severity);
      this.#accepted += 1;
      return line;
    } catch (error) {
      this.#failed += 1;
      this.#failures.report("PLB_EMIT_FAILED", `an event could not be taken (${errorCode(error)})`, error);
      return "failed";
    } finally {
      this.#guard.leave(before);
    }
  }
}

function ledgersOf({ journal, outputs }: Wiring): readonly OutputLedger[] {
  const ledgers = outputs.map((output) => output.ledger);
  return journal === undefined ? ledgers : [journal.ledger, ...ledgers];
}
