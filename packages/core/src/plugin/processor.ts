import type { EventDraft } from "../event.ts";

/**
 * Stands before the walk, in the service's own trust: it sees raw values. Synchronous.
 * Returns the draft (changed or not), another one, or `undefined` to filter the event out.
 * One that throws is isolated: the draft goes on as it was before it, and the failure is counted.
 * An event that it emits itself is refused (`dropped{reentrant}`).
 */
export interface Processor {
  /** It never changes a draft, so the host need not keep a copy to go back to. Default: false. */
  readonly readOnly?: boolean;
  start?(): void | Promise<void>;
  process(draft: EventDraft): EventDraft | undefined;
  close?(): void | Promise<void>;
}
