import { handoffError } from "../handoff-error.ts";
import type { ReadinessPolicy } from "./judge.ts";
import { showsWriters } from "./open-writers.ts";

/** Rejects with `PLB_HANDOFF_WRITERS_UNKNOWN` where no file could ever be ready: its producer has no way to say that it is done, and this system no way to see who writes. */
export async function expectReadiness(
  { commit, require: required }: Pick<ReadinessPolicy, "commit" | "require">,
  proc?: string,
): Promise<void> {
  if (commit !== "none" || required !== "no-writer" || (await showsWriters(proc))) return;
  throw handoffError("PLB_HANDOFF_WRITERS_UNKNOWN", {
    message: "No file can be known to have no writer: this system has no /proc.",
  });
}
