import type { AttributesInput, EventInput } from "@plumbline/core";

/** What became of one line of input. */
export interface PipedEvent {
  readonly event: EventInput;
  /** The resource that the line itself names; `undefined` where it names none. */
  readonly resource: AttributesInput | undefined;
}
