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
import type { DeliveryState } from "./delivery-journal.ts";
import type { Leftovers } from "./leftovers.ts";
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
  readonly leftovers: Leftovers;
  /** Called when it is the source that fails, with what is thrown then. */
  readonly onSourceFailure: () => void;
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
    await recheck(item, tools);
    const manifest = createManifest({ name, ...content, guarantee, createdMicros: clock.nowMicros() });
    await tools.intend(manifest, verified);
    try {
      return { manifest, outcome: await staged.publish(manifest), verified };
    } catch (error) {
      // A name that is taken is an answer, whatever stands there.
      if (errorCode(error) === "PLB_HANDOFF_NAME_TAKEN") throw error;
      await abortQuietly(staged, tools);
      if (!(await wasPublished(destination, tools.leftovers, manifest))) throw error;
      return { manifest, outcome: "reconciled", verified };
    }
  } finally {
    await abortQuietly(staged, tools);
  }
}

/** A name that is taken by what an earlier try had sent, and never heard of again. */
export async function ownPublish(
  error: unknown,
  before: DeliveryState | undefined,
  { destination, leftovers }: Pick<DeliveryTools, "destination" | "leftovers">,
): Promise<Delivered | undefined> {
  if (errorCode(error) !== "PLB_HANDOFF_NAME_TAKEN" || before?.kind !== "publishing") return undefined;
  const { manifest, verified } = before;
  if (!(await wasPublished(destination, leftovers, manifest))) return undefined;
  return { manifest, outcome: "reconciled", verified };
}

/**
 * Whether a publish arrived whose outcome is not known. Whole content under its name may still lack what makes it published, its marker above all: what an owner has left
 * half done is taken away first, and what stands there then is published.
 */
async function wasPublished(
  destination: Destination,
  leftovers: Leftovers,
  manifest: HandoffManifest,
): Promise<boolean> {
  await leftovers.clear();
  return isThere(destination, manifest);
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
  tools: DeliveryTools,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const { throttle, signal, onProgress } = tools;
  const digest = staged.digest?.bind(staged);
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of read(item, tools)) {
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

async function* read(item: PickupItem, { signal, onSourceFailure }: DeliveryTools): AsyncGenerator<Uint8Array> {
  try {
    yield* item.read(signal);
  } catch (error) {
    onSourceFailure();
    throw error;
  }
}

async function recheck(item: PickupItem, { onSourceFailure }: DeliveryTools): Promise<void> {
  try {
    await item.recheck();
  } catch (error) {
    onSourceFailure();
    throw error;
  }
}

/** What cannot be taken away now, `reap` finds. */
async function abortQuietly(staged: StagedDelivery, { leftovers }: DeliveryTools): Promise<void> {
  try {
    await staged.abort();
  } catch {
    leftovers.note(); // the error that led here says more
  }
}
