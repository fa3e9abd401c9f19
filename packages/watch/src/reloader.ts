import type { ReloaderHealth, ReloadOutcome, ReloadStatus } from "./reload-status.ts";
import type { ReloaderReport } from "./reloader-metrics.ts";

/** Loads, validates and applies each generation of the watched files: one at a time, the newest first. */
export interface Reloader<Config> extends AsyncDisposable {
  /** The config that was applied last; `undefined` until one has been. */
  readonly config: Config | undefined;
  /**
   * Watches, and puts the first config in force. Resolves with the outcome: `applied`, from the files or the last good copy (`status().inForce.source`). When neither is good,
   * rejects with `PLB_WATCH_NOTHING_GOOD`, whose cause is the files' failure, or resolves with `failed` or `nothing` (`whenNothingIsGood: "wait"`).
   */
  start(): Promise<ReloadOutcome>;
  /**
   * Looks at the files at once, and resolves when what stands there is in force, or has been tried once. `force` applies it though it is in force already.
   * Rejects with `PLB_WATCH_CLOSED`.
   */
  reload(options?: { readonly force?: boolean }): Promise<ReloadOutcome>;
  status(): ReloadStatus;
  /** Proves that the watch is alive, by a look at every file, and says whether what is on disk is in force. */
  health(): Promise<ReloaderHealth>;
  /** Sums for metrics; `formatPrometheus` makes Prometheus' text of them. */
  report(): ReloaderReport;
  /** Gives up what is under way, through its signal, and ends the watch. Waits for an `apply` that runs, at most `applyTimeoutMs`. Safe to repeat. */
  close(): Promise<void>;
}
