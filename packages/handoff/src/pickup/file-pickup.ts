import { basename, dirname, resolve } from "node:path";
import { type Clock, createSystemClock, type Pickup, type PickupItem } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { expectReadiness } from "../stability/expect-readiness.ts";
import { Judge, WRITERS_UNKNOWN } from "../stability/judge.ts";
import { scanWriters } from "../stability/open-writers.ts";
import { pause } from "../upload/throttle.ts";
import { type DirectoryPickupOptions, directoryPickupSettings } from "./pickup-options.ts";
import { createReadyItem } from "./ready-item.ts";
import { expectArchiveFor } from "./settle-source.ts";

/**
 * Picks up one file, once, as soon as it is ready; `path` is the file's. Rejects with `PLB_HANDOFF_SOURCE_INVALID` when there is none, and with
 * `PLB_HANDOFF_NOT_COMMITTED` when only its producer could make it ready, and with `PLB_HANDOFF_WRITERS_UNKNOWN` when nobody can tell whether it is still being written.
 */
export function createFilePickup(options: DirectoryPickupOptions, clock: Clock = createSystemClock()): Pickup {
  const file = resolve(options.path);
  const settings = directoryPickupSettings({ ...options, path: dirname(file) });
  return {
    async *items(signal): AsyncIterable<PickupItem> {
      await expectArchiveFor(settings);
      await expectReadiness(settings);
      const judge = new Judge(settings, clock);
      while (!signal.aborted) {
        const verdict = await judge.judge(file, () => scanWriters());
        if (verdict.kind === "ready") {
          yield await createReadyItem(file, basename(file), verdict, settings);
          return;
        }
        if (verdict.kind === "never" || verdict.againMs === undefined) {
          const isBlind = verdict.kind === "wait" && verdict.trouble === WRITERS_UNKNOWN;
          const lacking = isBlind ? WRITERS_UNKNOWN : "PLB_HANDOFF_NOT_COMMITTED";
          const code = verdict.kind === "never" ? "PLB_HANDOFF_SOURCE_INVALID" : lacking;
          const message = `${file} cannot be handed on: ${verdict.evidence.join("; ")}.`;
          throw handoffError(code, { message, details: { path: file, evidence: verdict.evidence } });
        }
        await pause(clock, verdict.againMs, signal);
      }
    },
    close: () => undefined,
  };
}
