/** Whether a condition holds, and the reason in words for `plumbline doctor`. */
export interface ConditionResult {
  readonly holds: boolean;
  readonly reason: string;
}

/**
 * Decides whether a component is wired. Evaluated at start and at each reload.
 * One that throws counts as failed, and `not:` does not flip that (systemd's rule: systemd.unit(5), Conditions).
 */
export interface Condition {
  evaluate(): ConditionResult | Promise<ConditionResult>;
}
