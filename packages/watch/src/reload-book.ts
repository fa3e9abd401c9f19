import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, type Clock } from "@plumbline/core";
import type { InForce, ReloadEvent, ReloadFailure, ReloadPhase, ReloadStage, ReloadStatus } from "./reload-status.ts";
import type { ReloaderReport } from "./reloader-metrics.ts";
import type { WatchHealth } from "./watch-health.ts";

/** What a {@link ReloadBook} is made of. */
export interface ReloadBookOptions {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly onEvent: ((event: ReloadEvent) => void) | undefined;
}

type Sums = Omit<ReloaderReport, "watches" | "watchEvents" | "watchErrors" | "method">;

/** What became of the generations, and who is told. */
export class ReloadBook {
  readonly #options: ReloadBookOptions;
  #phase: ReloadPhase = { kind: "stopped" };
  #seen = 0;
  #validated = 0;
  #applied = 0;
  #rejected: ReloadFailure | undefined;
  #lastFailure: ReloadFailure | undefined;
  #inForce: InForce | undefined;
  #isCertain = true;
  #isInApply = false;
  readonly #sums: { -readonly [Name in keyof Sums]: Sums[Name] } = {
    reloads: 0,
    reloadsFailed: 0,
    reloadsCancelled: 0,
    lastReloadSuccessful: true,
    lastReloadSuccessMs: 0,
    configApplyOperations: 0,
    configApplyOperationsFailed: 0,
  };

  constructor(options: ReloadBookOptions) {
    this.#options = options;
  }

  /** Whether the target is known to have what was applied last. */
  get isCertain(): boolean {
    return this.#isCertain;
  }

  get sums(): Sums {
    return { ...this.#sums };
  }

  status(): ReloadStatus {
    return {
      phase: this.#phase,
      seen: this.#seen,
      validated: this.#validated,
      applied: this.#applied,
      rejected: this.#rejected,
      lastFailure: this.#lastFailure,
      inForce: this.#inForce,
      isCertain: this.#isCertain,
    };
  }

  idle(): void {
    this.#phase = { kind: "idle" };
  }

  stopped(): void {
    this.#phase = { kind: "stopped" };
  }

  seen(generation: number, fingerprint: string): void {
    this.#seen = generation;
    this.#tell({ kind: "seen", generation, fingerprint });
  }

  throttled(generation: number, waitMs: number): void {
    this.#phase = { kind: "throttled", generation, nextAtMs: this.#nowMs() + waitMs };
  }

  attemptBegins(): void {
    this.#sums.configApplyOperations++;
    this.#isInApply = false;
  }

  stage(stage: ReloadStage, generation: number, attempt: number): void {
    this.#phase = { kind: stage, generation, attempt };
    if (stage !== "apply") return;
    this.#validated = Math.max(this.#validated, generation);
    this.#sums.reloads++;
    this.#isInApply = true;
    this.#isCertain = false;
  }

  stuck(generation: number, attempt: number): void {
    this.#phase = { kind: "stuck", generation, attempt, sinceMs: this.#nowMs() };
    this.#options.diagnostics.warn("plumbline: watch: apply has not ended in its time, and is waited for");
  }

  attemptEnds(kind: "applied" | "cancelled" | "failed"): void {
    if (kind === "failed") this.#sums.configApplyOperationsFailed++;
    if (!this.#isInApply) return;
    if (kind === "cancelled") {
      this.#sums.reloadsCancelled++;
      return;
    }
    this.#sums.lastReloadSuccessful = kind === "applied";
    if (kind === "failed") this.#sums.reloadsFailed++;
    else this.#sums.lastReloadSuccessMs = this.#nowMs();
  }

  applied(facts: { generation: number; fingerprint: string; attempts: number; tookMs: number }): void {
    const { generation, fingerprint, attempts, tookMs } = facts;
    this.#isNowInForce("files", generation, fingerprint);
    this.#applied = generation;
    this.#tell({ kind: "applied", generation, fingerprint, source: "files", attempts, tookMs });
  }

  /** What is on disk is in force already. */
  unchanged(generation: number): void {
    this.#applied = generation;
    this.#validated = Math.max(this.#validated, generation);
    this.#rejected = undefined;
    this.#lastFailure = undefined;
    if (this.#inForce !== undefined) this.#inForce = { ...this.#inForce, source: "files", generation };
    this.#tell({ kind: "unchanged", generation });
  }

  startedFromLastGood(fingerprint: string, reason: string): void {
    // Why the files were refused still stands.
    const failures = { rejected: this.#rejected, lastFailure: this.#lastFailure };
    this.#isNowInForce("lastGood", 0, fingerprint);
    this.#rejected = failures.rejected;
    this.#lastFailure = failures.lastFailure;
    this.#options.diagnostics.warn(`plumbline: watch: started from the last good copy: ${reason}`);
    this.#tell({ kind: "startedFromLastGood", fingerprint, reason });
  }

  lastGoodFailed(code: string, message: string): void {
    this.#options.diagnostics.warn(`plumbline: watch: ${message} (${code})`);
    this.#tell({ kind: "lastGoodFailed", code, message });
  }

  superseded(generation: number, by: number | undefined): void {
    if (by !== undefined && by !== generation) this.#tell({ kind: "superseded", generation, by });
  }

  /** An attempt failed: what is known of it. */
  failed(generation: number, attempt: number, result: { stage: ReloadStage; error: unknown }): ReloadFailure {
    const { stage, error } = result;
    const failure = {
      generation,
      stage,
      attempt,
      code: errorCode(error),
      message: messageOf(error),
      error,
      atMs: this.#nowMs(),
    };
    this.#lastFailure = failure;
    return failure;
  }

  retrying(failure: ReloadFailure, retryInMs: number): void {
    const { generation, attempt } = failure;
    this.#phase = { kind: "retrying", generation, attempt, nextAtMs: this.#nowMs() + retryInMs };
    this.#tell({ kind: "failed", failure, retryInMs });
  }

  rejected(failure: ReloadFailure): void {
    this.#rejected = failure;
    this.#tell({ kind: "rejected", failure });
  }

  health(health: WatchHealth): void {
    this.#tell({ kind: "health", health });
  }

  #isNowInForce(source: InForce["source"], generation: number, fingerprint: string): void {
    this.#inForce = { source, generation, fingerprint, sinceMs: this.#nowMs() };
    this.#isCertain = true;
    this.#rejected = undefined;
    this.#lastFailure = undefined;
  }

  #nowMs(): number {
    return Math.floor(this.#options.clock.nowMicros() / 1000);
  }

  #tell(event: ReloadEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#options.diagnostics.error(`plumbline: watch: onEvent threw (${errorCode(error)})`);
    }
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an error without a message"; // a hostile object
  }
}
