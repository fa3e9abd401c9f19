import type { ReadMemory } from "@plumbline/stream";
import type { FrameCache } from "./frame-cache.ts";
import type { ServerSettings } from "./server-settings.ts";
import type { ServerTotals } from "./server-totals.ts";

/** What all sessions of a server have in common. */
export interface SessionHost {
  readonly settings: ServerSettings;
  readonly cache: FrameCache;
  readonly memory: ReadMemory;
  readonly totals: ServerTotals;
}
