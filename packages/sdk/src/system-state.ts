import type { AmbientAttributes } from "./ambient-attributes.ts";
import type { EarlyDrops } from "./early-drops.ts";
import type { ScopeLevels } from "./scope-levels.ts";

/** What the system that is being started shares with the one that stands in for it. */
export interface SharedState {
  readonly levels: ScopeLevels;
  readonly ambient: AmbientAttributes;
  /** They stand in the account of the system from its start on. */
  readonly early: EarlyDrops;
}
