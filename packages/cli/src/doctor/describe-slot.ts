import type { SlotState } from "@plumbline/file";

/** One file among those of a journal's path, in JSON values. */
export interface SlotDescription {
  readonly slot: number;
  readonly path: string;
  /** Whether a process or thread writes it now. */
  readonly isOwned: boolean;
  /** Sealed files. */
  readonly segments: number;
  /** Bytes in the file being written, or left by who wrote it. */
  readonly activeBytes: number;
}

export function describeSlot({ slot, location, isOwned, segments, activeBytes }: SlotState): SlotDescription {
  return { slot, path: location.path, isOwned, segments, activeBytes };
}
