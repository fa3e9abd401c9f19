import { createHash } from "node:crypto";
import type { PickupItem } from "@plumbline/core";
import { hashInPieces } from "../digest-file.ts";
import type { DeliveryJournal, DeliveryState } from "./delivery-journal.ts";

/**
 * What the crash journal says of an item that stands where delivered files are put: that it was delivered, by another key, which the link there has changed. `undefined` where
 * its name was not delivered with this content, which is read once to tell.
 */
export async function deliveredBefore(
  item: PickupItem,
  journal: DeliveryJournal,
  signal: AbortSignal,
): Promise<DeliveryState | undefined> {
  if (item.isPutAway !== true) return undefined;
  const candidates = [...journal.entries()]
    .map(([, state]) => state)
    .filter((state) => state.kind === "delivered")
    .filter(({ manifest }) => manifest.name === item.name && manifest.size === item.size);
  if (candidates.length === 0) return undefined;
  try {
    const hash = createHash("sha256");
    for await (const chunk of item.read(signal)) await hashInPieces(hash, chunk);
    await item.recheck();
    const sha256 = hash.digest("hex");
    return candidates.find(({ manifest }) => manifest.sha256 === sha256);
  } catch {
    return undefined; // what stands in the way is told when it is handed on
  }
}
