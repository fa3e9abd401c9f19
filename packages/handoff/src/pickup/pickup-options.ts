import { join, resolve } from "node:path";
import type { PickupGuarantee } from "@plumbline/core";
import { commitEnding, type CommitRule } from "../stability/commit-rule.ts";
import type { ReadinessPolicy } from "../stability/judge.ts";
import type { AfterDelivery, SettlePolicy } from "./settle-source.ts";
import type { TroubleListener } from "./troubles.ts";

/** Options of a pick-up from a folder. */
export interface DirectoryPickupOptions {
  readonly path: string;
  /** Whether folders below are looked through too. Default: false. */
  readonly recursive?: boolean;
  /** How the producer says that it is done. Default: `none`. */
  readonly commit?: CommitRule;
  /** The ending of a marker or manifest. Default: `.done`, `.sha256`. */
  readonly commitEnding?: string;
  /** The least that must be known of a file. Default: `no-writer`. */
  readonly require?: PickupGuarantee;
  /** How long nothing of a file may change that its producer has not committed, in milliseconds. Default: 2,000. */
  readonly settleMs?: number;
  /** How often the whole folder is listed, in milliseconds; hints of the system come sooner. Default: 5,000. */
  readonly pollMs?: number;
  /** What becomes of delivered files. Default: `keep`. */
  readonly after?: AfterDelivery;
  /** Where delivered files are moved or compressed to; not within what is picked up, unless it is hidden. Default: `.delivered` in the folder. */
  readonly archive?: string;
  /** Ends once nothing is left that time alone could make ready. Default: false. */
  readonly once?: boolean;
  /**
   * Is told of files and folders that cannot be looked at, and of files whose marker or manifest cannot, with the system's code, of files that may have writers whom nobody sees, with
   * `PLB_HANDOFF_WRITERS_UNKNOWN`, and of markers without a file, with `PLB_HANDOFF_MARKER_ALONE`; the others go on.
   */
  readonly onTrouble?: TroubleListener;
}

/** The options with their defaults. */
export interface DirectoryPickupSettings extends ReadinessPolicy, SettlePolicy {
  readonly path: string;
  readonly isRecursive: boolean;
  readonly pollMs: number;
  readonly isOnce: boolean;
  readonly onTrouble: TroubleListener | undefined;
}

/** Defaults of a pick-up. */
export const PICKUP_DEFAULTS = {
  commit: "none",
  require: "no-writer",
  settleMs: 2000,
  pollMs: 5000,
  after: "keep",
  archive: ".delivered",
} as const;

export function directoryPickupSettings(options: DirectoryPickupOptions): DirectoryPickupSettings {
  const path = resolve(options.path);
  const commit = options.commit ?? PICKUP_DEFAULTS.commit;
  return {
    path,
    isRecursive: options.recursive ?? false,
    commit,
    commitEnding: commitEnding(commit, options.commitEnding),
    require: options.require ?? PICKUP_DEFAULTS.require,
    settleMs: options.settleMs ?? PICKUP_DEFAULTS.settleMs,
    pollMs: options.pollMs ?? PICKUP_DEFAULTS.pollMs,
    after: options.after ?? PICKUP_DEFAULTS.after,
    archive: resolve(options.archive ?? join(path, PICKUP_DEFAULTS.archive)),
    isOnce: options.once ?? false,
    onTrouble: options.onTrouble,
  };
}
