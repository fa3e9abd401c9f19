/** Sums and states of a reloader, for metrics. */
export interface ReloaderReport {
  /** Calls of `apply`. */
  readonly reloads: number;
  /** Calls of `apply` that failed. */
  readonly reloadsFailed: number;
  /** Whether the last call of `apply` succeeded; `true` before the first. */
  readonly lastReloadSuccessful: boolean;
  /** Wall-clock time of the last `apply` that succeeded, in milliseconds since 1970; 0 before the first. */
  readonly lastReloadSuccessMs: number;
  /** Generations taken up. */
  readonly configApplyOperations: number;
  /** Generations whose attempt failed, at any stage. */
  readonly configApplyOperationsFailed: number;
  /** Directories watched. */
  readonly watches: number;
  /** File events that named something watched. */
  readonly watchEvents: number;
  readonly watchErrors: number;
  readonly method: string;
}
