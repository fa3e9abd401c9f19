import type { DestinationAbility } from "@plumbline/core";

/** What an uploader has done since it was started. */
export interface UploaderCounts {
  readonly delivered: number;
  /** Of these, what stood there already or had been published by an earlier run. */
  readonly found: number;
  readonly bytes: number;
  readonly underWay: number;
  readonly changed: number;
  readonly retries: number;
  readonly aside: number;
  readonly reaped: number;
}

/** Hands files on. */
export interface Uploader {
  /** Takes the state folder, settles what an earlier run has left open, and looks what the destination can do. */
  start(): Promise<DestinationAbility>;
  /** Hands on what the pick-up gives until it ends or the signal aborts; then what is under way has ended, too. Rejects when the pick-up or the crash journal fails, and with `PLB_HANDOFF_GAVE_UP` after `giveUpAfterMs`. */
  run(signal: AbortSignal): Promise<void>;
  readonly counts: UploaderCounts;
  /** Whether the destination failed so often that one file at a time tries. */
  readonly isBroken: boolean;
  /** The name of what was set aside and holds up those behind it, for their order matters; `undefined` where nothing does. */
  readonly heldUpBy: string | undefined;
  /** Safe without a start, twice, and while it starts: what waits for a far side that says nothing keeps neither this nor the state folder. */
  close(): Promise<void>;
}
