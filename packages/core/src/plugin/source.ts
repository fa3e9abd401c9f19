import type { EventInput } from "../event.ts";

/** Brings events in. Stands before the walk, in the service's own trust: what it emits is raw. */
export interface Source {
  /** What it holds exclusively, as for a sink. */
  readonly exclusive?: readonly string[];
  /** Begins to emit. `emit` never throws and may be called until `close` has settled. */
  start(emit: (event: EventInput) => void): void | Promise<void>;
  close(): void | Promise<void>;
}
