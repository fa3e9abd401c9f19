import type { Destination, HandoffManifest } from "@plumbline/core";
import { isThere } from "./deliver.ts";
import type { DeliveryJournal } from "./delivery-journal.ts";
import { kindOfFailure } from "./failure-kind.ts";

/**
 * Settles the publishes of an earlier run whose outcome is not known, by looking; to be called after `reap`, which leaves nothing half done. One that is not there is forgotten: its
 * source, if there still is one, is handed on again. One that cannot be looked at for a reason of its own stays as it is, and holds up neither the others nor the start.
 */
export async function settleOutcomes(journal: DeliveryJournal, destination: Destination): Promise<void> {
  const absent: string[] = [];
  for (const [key, state] of journal.entries()) {
    if (state.kind !== "publishing") continue;
    const found = await look(destination, state.manifest);
    if (found === true) await journal.record(key, { ...state, kind: "delivered" });
    if (found === false) absent.push(key);
  }
  await journal.forget(absent);
}

/** `undefined` where nobody can tell. */
async function look(destination: Destination, manifest: HandoffManifest): Promise<boolean | undefined> {
  try {
    return await isThere(destination, manifest);
  } catch (error) {
    if (kindOfFailure(error) === "own") return undefined;
    throw error;
  }
}
