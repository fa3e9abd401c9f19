/** Tells a target to load its config anew. */
export interface Trigger {
  /** `function`, `http`, `signal` or `command`; the label `method` in metrics. */
  readonly method: string;
  /**
   * Tells the target, and resolves when it has confirmed, as far as the way of telling lets it. Rejects with `PLB_WATCH_TRIGGER_*`, or with the signal's reason
   * when it aborts: the target may have been told then, or not. Rejects with `PLB_WATCH_REJECTED` where the target says that the config is bad.
   */
  fire(signal: AbortSignal): Promise<void>;
}
