import { createBackoff, errorCode, RetryableError, type Clock } from "@plumbline/core";
import { attemptOnce, type AttemptResult } from "./attempt.ts";
import type { Generation, WatchedFile } from "./generation.ts";
import { RateCap } from "./rate-cap.ts";
import type { ReloadBook } from "./reload-book.ts";
import type { ReloadFailure, ReloadOutcome } from "./reload-status.ts";
import type { ConfigSource, ReloaderOptions } from "./reloader-options.ts";
import type { ReloaderSettings } from "./reloader-settings.ts";
import { Bell } from "./settle.ts";
import type { ContentRegister, UsedContent } from "./used-content.ts";
import { watchError } from "./watch-error.ts";

/** What the engine needs of the rest. */
export interface EnginePorts<Config> {
  readonly options: Pick<ReloaderOptions<Config>, "load" | "validate" | "apply">;
  readonly settings: ReloaderSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly register: ContentRegister;
  readonly book: ReloadBook;
  readonly include: (path: string) => Promise<WatchedFile>;
  readonly retainIncluded: (paths: readonly string[]) => void;
  /** After a success from the files; never rejects. */
  readonly save: (used: UsedContent) => Promise<void>;
  /** The last good copy as a generation of number 0; `undefined` when there is none, or it is what has just failed. */
  readonly lastGood: (failed: Generation | undefined) => Promise<Generation | undefined>;
}

/** A generation to put in force; one of number 0 is the last good copy. */
interface Task {
  readonly generation: Generation;
  readonly isForced: boolean;
  /** When it was seen, on the monotonic clock. */
  readonly seenMs: number;
}

interface Running {
  readonly generation: Generation;
  readonly cancel: AbortController;
}

interface Waiter {
  readonly from: number;
  readonly resolve: (outcome: ReloadOutcome | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Newer content cancels an attempt that runs, so that what hangs does not hold up the correction. But with edits that come faster than a slow `load`, `validate`
 * or `apply` ends nothing would ever be applied: after so many in a row one is let through.
 */
const CANCELS_IN_A_ROW = 3;

/** One generation at a time, the newest first. */
export class ReloadEngine<Config> {
  readonly #ports: EnginePorts<Config>;
  readonly #rate: RateCap;
  readonly #bell: Bell;
  #pending: Task | undefined;
  #running: Running | undefined;
  #loop: Promise<void> | undefined;
  #waiters: Waiter[] = [];
  #cancelsInARow = 0;
  #isClosed = false;
  #hasTriedLastGood = false;
  /** Set to start from the last good copy: why. */
  #missingReason: string | undefined;
  #config: Config | undefined;
  /** What `#config` was made of. */
  #used: UsedContent | undefined;

  constructor(ports: EnginePorts<Config>) {
    this.#ports = ports;
    this.#rate = new RateCap(ports.clock, ports.settings.rateBurst, ports.settings.rateIntervalMs);
    this.#bell = new Bell(ports.clock);
  }

  get config(): Config | undefined {
    return this.#config;
  }

  /** Takes up a generation as soon as may be, in the place of any older one. Resolves with what comes of it or of a newer one, after the first attempt. */
  async offer(generation: Generation, isForced: boolean): Promise<ReloadOutcome> {
    const outcome = this.#outcomeFrom(generation.generation);
    if (isForced || this.#running?.generation !== generation) {
      this.#pending = { generation, isForced, seenMs: this.#ports.clock.monotonicMs() };
      this.#cancelRunning();
      this.#wake();
    }
    const came = await outcome;
    // Only a start from the last good copy may come to nothing.
    if (came === undefined) throw watchError("PLB_WATCH_CLOSED");
    return came;
  }

  /** Puts the last good copy in force, unless a generation comes first; `undefined` when there is none that can be applied. */
  startFromLastGood(reason: string): Promise<ReloadOutcome | undefined> {
    const outcome = this.#outcomeFrom(0);
    this.#missingReason = reason;
    this.#wake();
    return outcome;
  }

  /** Cancels what is under way, and resolves when it has settled, or `waitMs` later. */
  async close(waitMs: number): Promise<void> {
    this.#isClosed = true;
    this.#pending = undefined;
    this.#running?.cancel.abort(new DOMException("The reloader is closing.", "AbortError"));
    this.#bell.ring();
    for (const { reject } of this.#waiters.splice(0)) reject(watchError("PLB_WATCH_CLOSED"));
    const { clock } = this.#ports;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(resolve, waitMs);
      void (this.#loop ?? Promise.resolve()).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #cancelRunning(): void {
    const running = this.#running;
    if (running === undefined || running.cancel.signal.aborted) return;
    if (this.#cancelsInARow >= CANCELS_IN_A_ROW && !this.#isClosed) return;
    this.#cancelsInARow++;
    running.cancel.abort(new DOMException("Newer content has come.", "AbortError"));
  }

  #wake(): void {
    this.#bell.ring();
    this.#loop ??= this.#run();
  }

  #outcomeFrom(from: number): Promise<ReloadOutcome | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(watchError("PLB_WATCH_CLOSED"));
      else this.#waiters.push({ from, resolve, reject });
    });
  }

  async #run(): Promise<void> {
    if (this.#missingReason !== undefined) {
      const reason = this.#missingReason;
      this.#missingReason = undefined;
      const outcome = await this.#tryLastGood(undefined, reason);
      if (!this.#isOverdue()) this.#resolve(0, outcome);
    }
    for (let task = this.#take(); task !== undefined; task = this.#take()) await this.#process(task);
    this.#loop = undefined;
    if (!this.#isClosed) this.#ports.book.idle();
  }

  #take(): Task | undefined {
    const task = this.#isClosed ? undefined : this.#pending;
    this.#pending = undefined;
    return task;
  }

  /** Whether something newer waits, or the end has come. */
  #isOverdue(): boolean {
    return this.#pending !== undefined || this.#isClosed;
  }

  async #process(task: Task): Promise<void> {
    const { generation, isForced } = task;
    const { book, register, settings, random } = this.#ports;
    if (!isForced && this.#used !== undefined && book.isCertain && register.isSame(this.#used, generation)) {
      book.unchanged(generation.generation);
      this.#resolve(generation.generation, { kind: "unchanged", generation: generation.generation });
      return;
    }
    if (!(await this.#admitted(generation.generation))) return;
    const backoff = createBackoff({ initialMs: settings.retryInitialMs, maxMs: settings.retryMaxMs, random });
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(generation, attempt, "files");
      if (result.kind === "applied") {
        await this.#applied(task, attempt, result);
        return;
      }
      if (result.kind === "cancelled") {
        book.superseded(generation.generation, this.#pending?.generation.generation);
        return;
      }
      const failure = book.failed(generation.generation, attempt, result);
      const isFinal = result.isFinal || attempt >= settings.maxAttempts;
      const retryAfterMs = RetryableError.isInstance(result.error) ? (result.error.retryAfterMs ?? 0) : 0;
      const retryInMs = Math.max(backoff.next(), retryAfterMs);
      if (isFinal) book.rejected(failure);
      else book.retrying(failure, retryInMs);
      await this.#failedOnce(generation, failure, isFinal);
      if (isFinal) return;
      await this.#bell.wait(retryInMs, this.#isOverdue() ? -1 : this.#bell.count);
      if (this.#isOverdue()) {
        book.superseded(generation.generation, this.#pending?.generation.generation);
        return;
      }
    }
  }

  /** The outcome of a first failure: where nothing is in force yet, the last good copy may be. */
  async #failedOnce(generation: Generation, failure: ReloadFailure, isFinal: boolean): Promise<void> {
    if (this.#used === undefined && !this.#isOverdue()) {
      await this.#tryLastGood(generation, `${failure.message} (${failure.code})`);
    }
    this.#resolve(generation.generation, { kind: "failed", failure, isFinal });
  }

  /** Waits for a permit; false when something newer has come. */
  async #admitted(generation: number): Promise<boolean> {
    for (let waitMs = this.#rate.take(); waitMs > 0; waitMs = this.#rate.take()) {
      const { book } = this.#ports;
      book.throttled(generation, waitMs);
      await this.#bell.wait(waitMs, this.#bell.count);
      if (this.#isOverdue()) {
        book.superseded(generation, this.#pending?.generation.generation);
        return false;
      }
    }
    return true;
  }

  async #attempt(generation: Generation, attempt: number, source: ConfigSource): Promise<AttemptResult<Config>> {
    const { options, clock, register, settings, book, include, retainIncluded } = this.#ports;
    const { loadTimeoutMs, applyTimeoutMs } = settings;
    const cancel = new AbortController();
    const running: Running = { generation, cancel };
    this.#running = running;
    if (this.#isOverdue()) this.#cancelRunning();
    book.attemptBegins();
    const result = await attemptOnce({
      options,
      clock,
      register,
      loadTimeoutMs,
      applyTimeoutMs,
      generation,
      attempt,
      source,
      inForce: this.#config,
      cancel: cancel.signal,
      include,
      onStage: (stage) => book.stage(stage, generation.generation, attempt),
      onStuck: () => book.stuck(generation.generation, attempt),
    });
    this.#running = undefined;
    book.attemptEnds(result.kind);
    if (result.kind !== "cancelled") {
      this.#cancelsInARow = 0;
      const kept = [...result.used.included, ...(this.#used?.included ?? [])];
      retainIncluded(kept.map(({ path }) => path));
    }
    return result;
  }

  async #applied(
    { generation, seenMs }: Task,
    attempts: number,
    { config, used }: AttemptResult<Config> & { readonly kind: "applied" },
  ): Promise<void> {
    const { book, register, clock, save } = this.#ports;
    this.#config = config;
    this.#used = used;
    const tookMs = clock.monotonicMs() - seenMs;
    book.applied({ generation: generation.generation, fingerprint: register.fingerprint(used), attempts, tookMs });
    await save(used);
    this.#resolve(generation.generation, { kind: "applied", generation: generation.generation });
  }

  async #tryLastGood(failed: Generation | undefined, reason: string): Promise<ReloadOutcome | undefined> {
    if (this.#hasTriedLastGood) return undefined;
    const { lastGood, book, register } = this.#ports;
    const generation = await lastGood(failed);
    this.#hasTriedLastGood = true;
    if (generation === undefined) return undefined;
    const result = await this.#attempt(generation, 1, "lastGood");
    if (result.kind === "cancelled") {
      // What came instead may fail as well.
      this.#hasTriedLastGood = false;
      return undefined;
    }
    if (result.kind === "failed") {
      book.lastGoodFailed(errorCode(result.error), "The last good copy was refused too.");
      return undefined;
    }
    this.#config = result.config;
    this.#used = result.used;
    book.startedFromLastGood(register.fingerprint(result.used), reason);
    return { kind: "applied", generation: 0 };
  }

  #resolve(generation: number, outcome: ReloadOutcome | undefined): void {
    const waiters = this.#waiters;
    this.#waiters = waiters.filter(({ from }) => from > generation);
    for (const { from, resolve } of waiters) if (from <= generation) resolve(outcome);
  }
}
