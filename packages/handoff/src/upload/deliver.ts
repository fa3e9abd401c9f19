import { createHash } from "node:crypto";
import {
  type Clock,
  type Destination,
  errorCode,
  type HandoffManifest,
  type OverwriteRule,
  type PickupItem,
  type PublishOutcome,
  type StagedDelivery,
  type VerificationLevel,
} from "@plumbline/core";
import { hashInPieces } from "../digest-file.ts";
import { createManifest } from "../manifest.ts";
import type { Throttle } from "./throttle.ts";

/** What a delivery needs besides its item. */
export interface DeliveryTools {
  readonly destination: Destination;
  readonly clock: Clock;
  readonly throttle: Throttle;
  readonly owner: string;
  readonly overwrite: OverwriteRule;
  readonly signal: AbortSignal;
  /** Called before the content can become visible; what it does is durable when it resolves. */
  readonly intend: (manifest: HandoffManifest, verified: VerificationLevel) => Promise<void>;
  readonly onProgress: (sent: number) => void;
}

/** A delivery that is confirmed. */
export interface Delivered {
  readonly manifest: HandoffManifest;
  readonly outcome: PublishOutcome | "reconciled";
  readonly verified: VerificationLevel;
}

/**
 * Reads an item once, linearly, hashing what goes by; verifies, looks at the source once more, notes the intent, and publishes. Whatever fails on the way, nothing of it
 * stays staged and nothing became visible, but for a publish whose answer was lost: that is looked up.
 */
export async function deliverItem(item: PickupItem, tools: DeliveryTools): Promise<Delivered> {
  const { destination, clock, owner, overwrite, signal } = tools;
  const { name, size, guarantee } = item;
  const staged = await destination.stage({ name, size, overwrite, owner }, signal);
  try {
    const content = await send(item, staged, tools);
    const verified = await staged.verify(content);
    await item.recheck();
    const manifest = createManifest({ name, ...content, guarantee, createdMicros: clock.nowMicros() });
    await tools.intend(manifest, verified);
    try {
      return { manifest, outcome: await staged.publish(manifest), verified };
    } catch (error) {
      // A name that is taken is an answer, whatever stands there.
      if (errorCode(error) === "PLB_HANDOFF_NAME_TAKEN" || !(await isThere(destination, manifest))) throw error;
      return { manifest, outcome: "reconciled", verified };
    }
  } finally {
    await abortQuietly(staged);
  }
}

/** Whether what a manifest says stands at the destination. Where nobody can tell the content, the size and the manifest have to do. */
export async function isThere(destination: Destination, manifest: HandoffManifest): Promise<boolean> {
  const entry = await destination.inspect(manifest.name, { hash: true });
  if (entry === undefined || entry.size !== manifest.size) return false;
  if (entry.sha256 !== undefined) return entry.sha256 === manifest.sha256;
  for await (const { id } of destination.manifests()) if (id === manifest.id) return true;
  return false;
}

async function send(
  item: PickupItem,
  staged: StagedDelivery,
  { throttle, signal, onProgress }: DeliveryTools,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const digest = staged.digest?.bind(staged);
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of item.read(signal)) {
    for (let from = 0; from < chunk.length; from += throttle.mostBytes) {
      const part = chunk.subarray(from, from + throttle.mostBytes);
      await throttle.take(part.length, signal);
      signal.throwIfAborted();
      const writing = staged.write(part); // begun first: it goes on in another thread while this one hashes
      await Promise.all([writing, digest === undefined ? hashInPieces(hash, part) : undefined]);
      size += part.length;
      onProgress(size);
    }
  }
  return { sha256: digest === undefined ? hash.digest("hex") : await digest(), size };
}

/** What cannot be taken away now, `reap` finds at the next start. */
async function abortQuietly(staged: StagedDelivery): Promise<void> {
  try {
    await staged.abort();
  } catch {
    // The error that led here says more.
  }
}
