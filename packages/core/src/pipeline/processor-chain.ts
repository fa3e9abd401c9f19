import type { Clock } from "../clock.ts";
import { coreError } from "../error-codes.ts";
import { errorCode } from "../errors.ts";
import type { EventDraft, EventInput } from "../event.ts";
import type { Processor } from "../plugin/processor.ts";
import type { SeverityNumber } from "../severity.ts";
import { toSeverityNumber } from "../severity.ts";
import { createBackoff, type Backoff } from "./backoff.ts";
import { createDraft, snapshotDraft } from "./draft.ts";
import type { FailureReporter } from "./failure-reporter.ts";
import type { ProcessorReport } from "./telemetry-report.ts";

/** A processor under the name that it has in reports. */
export interface NamedProcessor {
  readonly name: string;
  readonly processor: Processor;
}

/** The counts of one processor's name; kept when another instance takes the name over. */
export class ProcessorAccount {
  readonly name: string;
  filtered = 0;
  failed = 0;
  bypassed = 0;

  constructor(name: string) {
    this.name = name;
  }

  report(): ProcessorReport {
    const { name, filtered, failed, bypassed } = this;
    return { name, filtered, failed, bypassed };
  }
}

/** A processor with its account, and how it stands. Kept across a reload that does not change the instance. */
export class ProcessorStage {
  readonly processor: Processor;
  readonly account: ProcessorAccount;
  readonly #clock: Clock;
  readonly #failures: FailureReporter;
  readonly #backoff: Backoff;
  #failuresInRow = 0;
  #bypassUntilMs: number | undefined;

  constructor(processor: Processor, account: ProcessorAccount, host: ProcessorHost) {
    this.processor = processor;
    this.account = account;
    this.#clock = host.clock;
    this.#failures = host.failuresOf(account.name);
    this.#backoff = createBackoff({ initialMs: 1000, maxMs: 60_000, random: host.random });
  }

  /** The draft after this processor; `undefined` when it filtered the event out. Never throws. */
  run(draft: EventDraft): EventDraft | undefined {
    if (this.#bypassUntilMs !== undefined) {
      if (this.#clock.monotonicMs() < this.#bypassUntilMs) {
        this.account.bypassed += 1;
        return draft;
      }
      this.#bypassUntilMs = undefined;
    }
    let before: EventDraft | undefined;
    try {
      if (this.processor.readOnly !== true) before = snapshotDraft(draft);
      const after: unknown = this.processor.process(draft);
      if (after === undefined) {
        this.account.filtered += 1;
        this.#succeed();
        return undefined;
      }
      if (isDraft(after)) {
        this.#succeed();
        return after;
      }
      if (after instanceof Promise) this.#watch(after);
      this.#fail(coreError("PLB_PROCESSOR_RESULT_INVALID"));
    } catch (error) {
      this.#fail(error);
    }
    return before ?? draft;
  }

  /** A processor that is asynchronous is refused; its rejection must not end the process as an unhandled one on top. */
  #watch(promise: Promise<unknown>): void {
    void promise.then(undefined, (error: unknown) => this.#failures.report(errorCode(error), "rejected", error));
  }

  #succeed(): void {
    if (this.#failuresInRow === 0) return;
    this.#failuresInRow = 0;
    this.#backoff.reset();
  }

  #fail(error: unknown): void {
    this.account.failed += 1;
    this.#failuresInRow += 1;
    this.#failures.report(errorCode(error), "failed; events go on as they were before it", error);
    if (this.#failuresInRow < FAILURES_BEFORE_BYPASS) return;
    this.#bypassUntilMs = this.#clock.monotonicMs() + this.#backoff.next();
  }
}

export interface ProcessorHost {
  readonly clock: Clock;
  readonly random: () => number;
  readonly failuresOf: (name: string) => FailureReporter;
}

/** So many failures in a row, and events go past the processor for a while: throwing on each would cost every `emit`. */
const FAILURES_BEFORE_BYPASS = 10;

/** Runs an event through all stages, in order. `undefined` when one filtered it out. Throws only where the event itself cannot be read. */
export function runProcessors(
  stages: readonly ProcessorStage[],
  event: EventInput,
  severity: SeverityNumber,
): EventDraft | undefined {
  let draft = createDraft(event, severity);
  for (const stage of stages) {
    const next = stage.run(draft);
    if (next === undefined) return undefined;
    draft = next;
  }
  return draft;
}

function isDraft(value: unknown): value is EventDraft {
  if (typeof value !== "object" || value === null) return false;
  const { severity, attributes } = value as Partial<Record<keyof EventDraft, unknown>>;
  return (
    typeof severity === "number" &&
    toSeverityNumber(severity) !== undefined &&
    typeof attributes === "object" &&
    attributes !== null
  );
}
