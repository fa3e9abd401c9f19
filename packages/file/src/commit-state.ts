import type { ClockTimer } from "@plumbline/core";

/** Where the loop that writes a file stands. */
export type CommitState =
  | { readonly at: "idle" }
  | { readonly at: "entering" }
  /** Inside the gate, a write in flight. */
  | { readonly at: "writing" }
  /** Inside the gate: rotating, or mending what others did to the file. */
  | { readonly at: "busy" }
  /** Inside the gate, waiting to try again. */
  | { readonly at: "stalled"; readonly timer: ClockTimer; readonly error: Error }
  /** The file is closed, or the process exits. */
  | { readonly at: "ended" };
