import type { PipedEvent } from "../input/piped-event.ts";

/** Where piped events go. */
export interface EventTarget {
  /**
   * Takes the next event; the order of the calls is the order of the events. Resolves when the event has been written, and that is what
   * whoever reads the input waits for. Rejects with a coded error when it was lost.
   */
  put(event: PipedEvent): Promise<void>;
  /** Writes what is left. Safe after a failure. */
  close(): Promise<void>;
  /** What could not be delivered, in words; empty when everything was. Final after {@link close}. */
  losses(): readonly string[];
}
