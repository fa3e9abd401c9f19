import type { ConfigSource } from "./reloader-options.ts";
import type { WatchHealth } from "./watch-health.ts";

/** The step at which a generation failed. */
export type ReloadStage = "load" | "validate" | "apply";

/** Why an attempt failed. */
export interface ReloadFailure {
  readonly generation: number;
  readonly stage: ReloadStage;
  /** From 1. */
  readonly attempt: number;
  /** A Plumbline code, a system code, else the error's class. */
  readonly code: string;
  /** The error's own message: as safe to show as `load`, `validate` and `apply` make theirs. */
  readonly message: string;
  /** The error itself. */
  readonly error: unknown;
  /** Wall-clock time, in milliseconds since 1970. */
  readonly atMs: number;
}

/** What is in force. */
export interface InForce {
  readonly source: ConfigSource;
  /** Its generation; 0 for the last good copy. */
  readonly generation: number;
  /** SHA-256 over files, included files and variables; the last part differs from process to process, so that it gives nothing away. */
  readonly fingerprint: string;
  /** Wall-clock time at which it was applied, in milliseconds since 1970. */
  readonly sinceMs: number;
}

/** What the reloader is doing. */
export type ReloadPhase =
  | { readonly kind: "stopped" }
  /** Nothing to do: what is on disk is in force, was rejected, or is not there. */
  | { readonly kind: "idle" }
  | { readonly kind: ReloadStage; readonly generation: number; readonly attempt: number }
  /** An attempt failed; the next is at `nextAtMs`, in milliseconds since 1970. */
  | { readonly kind: "retrying"; readonly generation: number; readonly attempt: number; readonly nextAtMs: number }
  /** Held back by the rate cap. */
  | { readonly kind: "throttled"; readonly generation: number; readonly nextAtMs: number }
  /** `apply` was told to give up at its timeout, and has not settled. */
  | { readonly kind: "stuck"; readonly generation: number; readonly attempt: number; readonly sinceMs: number };

/** A reloader at one moment. Generations are 0 where there has been none. */
export interface ReloadStatus {
  readonly phase: ReloadPhase;
  /** The last generation that came from the watch. */
  readonly seen: number;
  /** The last that loaded and passed `validate`. */
  readonly validated: number;
  /** The last whose content is in force, whether it was applied or already was. */
  readonly applied: number;
  /** The last that was refused, and why; `undefined` when none was since the last that was applied. */
  readonly rejected: ReloadFailure | undefined;
  /** The last failed attempt, rejected or tried again; `undefined` when none was since the last success. */
  readonly lastFailure: ReloadFailure | undefined;
  /** What was applied last; `undefined` until something has been. After an `apply` that failed the target may hold neither: see `isCertain`. */
  readonly inForce: InForce | undefined;
  /** Whether the target is known to have `inForce`: false from the beginning of each `apply` until one succeeds. */
  readonly isCertain: boolean;
}

/** How the reloader and its watch stand. */
export interface ReloaderHealth {
  /**
   * `ok`: what is on disk is in force, and the watch is alive. `degraded`: something is in force, but what is on disk is not, or the watch polls. `failed`: the
   * watch does not look, `apply` is stuck, or nothing is in force.
   */
  readonly status: "ok" | "degraded" | "failed";
  /** Why it is not `ok`, in sentences. */
  readonly reasons: readonly string[];
  readonly watch: WatchHealth;
  readonly reload: ReloadStatus;
}

/** What happens in a reloader. `generation` is 0 for the last good copy. */
export type ReloadEvent =
  | { readonly kind: "seen"; readonly generation: number; readonly fingerprint: string }
  | {
      readonly kind: "applied";
      readonly generation: number;
      readonly fingerprint: string;
      readonly source: ConfigSource;
      readonly attempts: number;
      /** Milliseconds since the generation was seen. */
      readonly tookMs: number;
    }
  /** Its content is in force already: it was not applied again. */
  | { readonly kind: "unchanged"; readonly generation: number }
  /** It is tried again after `retryInMs` milliseconds, or when a newer one comes. */
  | { readonly kind: "failed"; readonly failure: ReloadFailure; readonly retryInMs: number }
  /** It is not tried again. */
  | { readonly kind: "rejected"; readonly failure: ReloadFailure }
  /** A newer one took its place before it was applied. */
  | { readonly kind: "superseded"; readonly generation: number; readonly by: number }
  /** The start took the last good copy, since the files were refused (`reason`) or are missing. */
  | { readonly kind: "startedFromLastGood"; readonly fingerprint: string; readonly reason: string }
  /** The last good copy could not be written or read. */
  | { readonly kind: "lastGoodFailed"; readonly code: string; readonly message: string }
  | { readonly kind: "health"; readonly health: WatchHealth };

/** How a {@link Reloader.reload} ended. */
export type ReloadOutcome =
  | { readonly kind: "applied"; readonly generation: number }
  | { readonly kind: "unchanged"; readonly generation: number }
  /** Refused; or failed, and tried again later. */
  | { readonly kind: "failed"; readonly failure: ReloadFailure; readonly isFinal: boolean }
  /** There is nothing whole to load: the watch's health says why. */
  | { readonly kind: "nothing"; readonly health: WatchHealth };
