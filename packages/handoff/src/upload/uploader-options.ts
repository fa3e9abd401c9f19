import type { Clock, Destination, OverwriteRule, Pickup } from "@plumbline/core";
import type { HandoffEvent } from "./handoff-event.ts";

/** Options of an uploader. */
export interface UploaderOptions {
  readonly pickup: Pickup;
  readonly destination: Destination;
  /** A folder of its own: the crash journal, and the name by which it finds its leftovers. */
  readonly stateDirectory: string;
  readonly clock?: Clock;
  /** Default: `same`. */
  readonly overwrite?: OverwriteRule;
  /** Files under way at once; each goes linearly. Default: 4. */
  readonly concurrency?: number;
  /** Of all files together. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** How often a file is tried whose failure is its own before it is set aside. Default: 5. */
  readonly attempts?: number;
  /** The first wait before another try, in milliseconds; it doubles. Default: 500. */
  readonly retryMs?: number;
  /** The longest wait, in milliseconds. Default: 60,000. */
  readonly maxRetryMs?: number;
  /**
   * How long a file is tried whose failures may pass, in milliseconds from its first failure, and anew where a try gets further than those before; then it is set aside. When the destination takes none any more, the run ends with `PLB_HANDOFF_GAVE_UP`. Default: as
   * long as it takes.
   */
  readonly giveUpAfterMs?: number;
  /** So many failures of the destination in a row, and only one file at a time tries. Default: 5. */
  readonly breakerFailures?: number;
  readonly onEvent?: (event: HandoffEvent) => void;
}

type Defaulted = "overwrite" | "concurrency" | "attempts" | "retryMs" | "maxRetryMs" | "breakerFailures";

/** The options with their defaults. */
export type UploaderSettings = UploaderOptions & Required<Pick<UploaderOptions, Defaulted>>;

/** Defaults of an uploader. */
export const UPLOADER_DEFAULTS: Required<Pick<UploaderOptions, Defaulted>> = {
  overwrite: "same",
  concurrency: 4,
  attempts: 5,
  retryMs: 500,
  maxRetryMs: 60_000,
  breakerFailures: 5,
};
