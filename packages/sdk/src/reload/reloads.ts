import type { DiagLogger } from "@opentelemetry/api";
import { type Clock, errorCode, type EventInput, PlumblineError } from "@plumbline/core";
import { describeError } from "../describe-error.ts";
import { sdkError } from "../error-codes.ts";

/** Where a config that a system runs with came from. */
export type ConfigOrigin = "start" | "file" | "lastGood";

/** What a reload came to. */
export interface ReloadResult {
  /** `unchanged`: the config says what is in force already. */
  readonly outcome: "applied" | "unchanged";
  /** How many configs were put in force, the one at the start included. */
  readonly generation: number;
  /** The places of the config that differ from the one before: `sinks.alerts`, `journal`. */
  readonly changed: readonly string[];
}

/** What the listeners of `telemetry.on("reload", …)` are told. */
export type ReloadNotice =
  | (ReloadResult & { readonly origin: ConfigOrigin })
  | {
      readonly outcome: "rejected";
      /** The one that stays in force. */
      readonly generation: number;
      /** `PLB_CONFIG_INVALID`, `PLB_START_FAILED` … */
      readonly error: PlumblineError;
    };

/** Called after each reload. What it throws is told through the diagnostics. */
export type ReloadListener = (notice: ReloadNotice) => void;

/** The reloads of a system, for its report: JSON values alone. */
export interface ReloadReport {
  /** How many configs were put in force, the one at the start included. */
  readonly generation: number;
  /** ISO 8601: when the one in force was put there. */
  readonly appliedAt: string;
  /** `lastGood`: the file was bad at the start, and the copy of the last good one was taken. */
  readonly origin: ConfigOrigin;
  readonly applied: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Why the last config was refused; `undefined` where what was given last is in force. */
  readonly lastRejected: RejectedReport | undefined;
  /** Whether the file is watched. */
  readonly isWatching: boolean;
  /** The places of components that an unlucky hand-over left closed, and that are started again and again. */
  readonly down: readonly string[];
}

/** A config that was refused. */
export interface RejectedReport {
  /** ISO 8601. */
  readonly at: string;
  readonly code: string;
  /** Quotes no unredacted value. */
  readonly message: string;
}

/** Where reloads are told of. */
export interface ReloadsHost {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly emit: (event: EventInput) => void;
}

/** Counts reloads, and tells of each: what is refused to whoever listens, to the diagnostics, and in an event of its own. */
export class Reloads {
  readonly #host: ReloadsHost;
  readonly #listeners = new Set<ReloadListener>();
  #generation = 1;
  #origin: ConfigOrigin;
  #appliedAt: string;
  #applied = 0;
  #unchanged = 0;
  #rejected = 0;
  #lastRejected: RejectedReport | undefined;

  constructor(host: ReloadsHost, origin: ConfigOrigin) {
    this.#host = host;
    this.#origin = origin;
    this.#appliedAt = this.#now();
  }

  get generation(): number {
    return this.#generation;
  }

  /** Adds a listener; gives a function that takes it away. */
  listen(listener: ReloadListener): () => void {
    // Two of the same are two.
    const own: ReloadListener = (notice) => listener(notice);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  applied(changed: readonly string[], origin: ConfigOrigin): ReloadResult {
    this.#generation += 1;
    this.#applied += 1;
    this.#appliedAt = this.#now();
    return this.#settle("applied", changed, origin);
  }

  unchanged(origin: ConfigOrigin): ReloadResult {
    this.#unchanged += 1;
    return this.#settle("unchanged", [], origin);
  }

  /** A config that is refused; the one before stays in force. Gives the error back, coded. */
  rejected(cause: unknown): PlumblineError {
    const error = this.#refuse(cause);
    this.#say("plumbline.reload.rejected", "The config was refused, and the one before it stays in force.", error);
    this.#tell({ outcome: "rejected", generation: this.#generation, error });
    return error;
  }

  /** A start with a config that is refused: the copy of the last good one is in force. */
  startedFromLastGood(cause: unknown): void {
    const error = this.#refuse(cause);
    this.#say("plumbline.reload.last_good", "The config was refused, and the last good one is in force.", error);
  }

  report(): Omit<ReloadReport, "isWatching" | "down"> {
    return {
      generation: this.#generation,
      appliedAt: this.#appliedAt,
      origin: this.#origin,
      applied: this.#applied,
      unchanged: this.#unchanged,
      rejected: this.#rejected,
      lastRejected: this.#lastRejected,
    };
  }

  #refuse(cause: unknown): PlumblineError {
    const error = PlumblineError.isInstance(cause)
      ? cause
      : sdkError("PLB_RELOAD_FAILED", { message: `The reload failed: ${describeError(cause)}.` });
    this.#rejected += 1;
    this.#lastRejected = { at: this.#now(), code: error.code, message: error.message };
    return error;
  }

  #say(name: string, what: string, { code, message }: PlumblineError): void {
    const body = `${what} ${message}`;
    this.#host.diagnostics.error(`${body} (${code})`);
    const attributes = { "plumbline.reload.code": code, "plumbline.reload.generation": this.#generation };
    this.#host.emit({ name, severity: "error", body, attributes, scope: { name: "plumbline" } });
  }

  #settle(outcome: ReloadResult["outcome"], changed: readonly string[], origin: ConfigOrigin): ReloadResult {
    this.#origin = origin;
    this.#lastRejected = undefined;
    const result: ReloadResult = { outcome, generation: this.#generation, changed };
    this.#tell({ ...result, origin });
    return result;
  }

  #tell(notice: ReloadNotice): void {
    for (const listener of this.#listeners) {
      try {
        listener(notice);
      } catch (error) {
        this.#host.diagnostics.error(`a listener of reload threw (${errorCode(error)})`);
      }
    }
  }

  #now(): string {
    return new Date(this.#host.clock.nowMicros() / 1000).toISOString();
  }
}
