import type { ReloaderHealth } from "@plumbline/watch";

/** How a sidecar stands. */
export interface SidecarHealth {
  /** Whether it watches at all: what a restart of the sidecar may mend. */
  readonly isAlive: boolean;
  /** Whether what is on disk is in force at the target, and changes are found. */
  readonly isGood: boolean;
  /** Why not, or what is worth knowing though it is, in sentences. */
  readonly reasons: readonly string[];
  /** The last generation whose content is in force; 0 for the last good copy, or none. */
  readonly generation: number;
}

/** Changes that come without events are found by the interval: slower, but found. */
const FOUND_ALL_THE_SAME = /^PLB_WATCH_EVENTS_/;

export function judgeHealth({ watch, reload, reasons }: ReloaderHealth): SidecarHealth {
  const { inForce, lastFailure, phase, applied } = reload;
  const isAlive = watch.status !== "failed" && phase.kind !== "stuck";
  const isWhole = watch.troubles.every(({ code }) => FOUND_ALL_THE_SAME.test(code));
  const isCurrent = inForce?.source === "files" && lastFailure === undefined && reload.isCertain;
  const isBusy = inForce?.source === "files" && lastFailure === undefined && !reload.isCertain;
  const said = isBusy && reasons.length === 0 ? ["The target is being told of new content."] : reasons;
  return {
    isAlive,
    isGood: isAlive && isWhole && (isCurrent || isBusy),
    reasons: isAlive || said.length > 0 ? said : ["The watch is not looking."],
    generation: applied,
  };
}
