import type { Generation, WatchedFile } from "./generation.ts";
import type { ReloadEvent } from "./reload-status.ts";
import type { WatchOptions } from "./watch-options.ts";

/** What `load` and `validate` are given beside the content. */
export interface LoadContext {
  /** Aborts when a newer generation has come, at the timeout, and at `close`. The promise is not waited for then: what it resolves to is dropped. */
  readonly signal: AbortSignal;
  readonly generation: number;
  /** From 1, for each generation. */
  readonly attempt: number;
  /** `files`: what is on disk. `lastGood`: the copy of what was applied last, at a start whose files were refused or missing. */
  readonly source: ConfigSource;
  /**
   * Reads a file that the content names, as of this generation, and makes it part of the watch: a change of it is a new generation. One that is
   * not there has no content. Rejects as {@link FileWatcher.include} does.
   */
  include(path: string): Promise<WatchedFile>;
  /** The value of an environment variable, which becomes part of the fingerprint. */
  variable(name: string): string | undefined;
}

/** Where a config came from. */
export type ConfigSource = "files" | "lastGood";

/** What `apply` is given beside the config. */
export interface ApplyContext<Config> {
  /**
   * Aborts when a newer generation has come, at the timeout, and at `close`. Unlike `load`, `apply` is waited for all the same, since two must never run at
   * once: it should give up, undo or finish soon.
   */
  readonly signal: AbortSignal;
  readonly generation: number;
  /** From 1, for each generation. */
  readonly attempt: number;
  readonly source: ConfigSource;
  /** The config that was applied last; `undefined` at the first. */
  readonly inForce: Config | undefined;
}

/** How often a failed attempt is made again. Each wait is between half and the whole of a step that doubles. */
export interface ReloadRetryOptions {
  /** Milliseconds of the first step. Default 1,000. */
  readonly initialMs?: number;
  /** Milliseconds of the longest step. Default 30,000. */
  readonly maxMs?: number;
  /** Attempts for one generation, after which it is rejected. Default: no bound, until a newer one comes. */
  readonly maxAttempts?: number;
}

/** A cap on how often new generations are applied. */
export interface ReloadRateOptions {
  /** How many may be applied one right after another. Default 10. */
  readonly burst?: number;
  /** Milliseconds after which one more may be. Default 1,000. What comes meanwhile is not queued: the newest is applied then. */
  readonly intervalMs?: number;
}

/** The copy of what was applied last. */
export interface LastGoodOptions {
  /**
   * A file of this package's own form, mode 0600, replaced atomically after each apply: every watched and included file as it stood on disk, so
   * before variables were put in.
   */
  readonly path: string;
}

/** Options of {@link createReloader}. */
export interface ReloaderOptions<Config> extends WatchOptions {
  /**
   * Makes the config of a generation. No side effects: it may be abandoned at any await. What it throws rejects the generation, but for a
   * `RetryableError`, after which it is tried again.
   */
  readonly load: (generation: Generation, context: LoadContext) => Config | PromiseLike<Config>;
  /** Checks the config, without side effects. What it throws is treated as in `load`. */
  readonly validate?: (config: Config, context: LoadContext) => void | PromiseLike<void>;
  /**
   * Puts the config in force. Never called while an earlier call has not settled. What it throws is tried again, but for an error of the
   * code `PLB_WATCH_REJECTED` ({@link rejectedByTarget}), which rejects the generation.
   */
  readonly apply: (config: Config, context: ApplyContext<Config>) => void | PromiseLike<void>;
  /** Environment variables that `load` reads by itself, as part of the fingerprint. */
  readonly environment?: readonly string[];
  /** Where variables are looked up. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly lastGood?: LastGoodOptions;
  /**
   * What `start` does when there is nothing to begin with, neither good files nor a last good copy: `throw` closes the reloader and rejects,
   * `wait` resolves and goes on watching. Default `throw`.
   */
  readonly whenNothingIsGood?: "throw" | "wait";
  /** Milliseconds for `load` and `validate` together. Default 30,000. */
  readonly loadTimeoutMs?: number;
  /** Milliseconds for `apply`. Default 30,000. */
  readonly applyTimeoutMs?: number;
  readonly retry?: ReloadRetryOptions;
  readonly rate?: ReloadRateOptions;
  /** Called for each thing that happens, in order; what it throws goes to `diagnostics`. */
  readonly onEvent?: (event: ReloadEvent) => void;
  /** Whether OpenTelemetry metrics are made, through whichever MeterProvider is set globally. Default `true`. */
  readonly metrics?: boolean;
  /** The value of the label `method` of `reloader_info`: how the target is told. Default `function`. */
  readonly method?: string;
  /** Numbers in [0, 1) for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}
