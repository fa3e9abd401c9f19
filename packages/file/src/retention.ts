import { parseId, type Clock, type EventId, type JournalLocation } from "@plumbline/core";
import { compareIds, listHolds, listSegments, type Hold, type Segment } from "@plumbline/jsonl";
import type { FileDriver } from "./file-driver.ts";
import type { ResolvedRotateOptions } from "./options.ts";

/** What one pass of retention removed. */
export interface Removal {
  readonly segments: number;
  readonly bytes: number;
  /** Of these, segments that a consumer still held: the bound on holds was reached. */
  readonly held: number;
}

interface Candidate {
  readonly segment: Segment;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly isHeld: boolean;
}

/**
 * Removes sealed segments beyond the limits, the oldest first and never one out of turn, so that no hole arises. One that
 * a consumer holds stays, and all after it, until `holdFactor` times the limit is reached.
 */
export async function applyRetention(
  location: JournalLocation,
  rotate: ResolvedRotateOptions,
  driver: FileDriver,
  clock: Clock,
  activeFirst: EventId | undefined,
): Promise<Removal> {
  const limits = [rotate.keep, rotate.keepBytes, rotate.keepAgeMs];
  if (limits.every((limit) => limit === Number.POSITIVE_INFINITY)) return { segments: 0, bytes: 0, held: 0 };
  const candidates = await survey(location, driver, clock, activeFirst);
  const nowMs = clock.nowMicros() / 1000;
  let count = candidates.length;
  let bytes = candidates.reduce((sum, each) => sum + each.bytes, 0);
  const isOver = (candidate: Candidate, factor: number): boolean =>
    count > rotate.keep * factor ||
    bytes > rotate.keepBytes * factor ||
    nowMs - candidate.modifiedMs > rotate.keepAgeMs * factor;
  let removed = 0;
  let removedBytes = 0;
  let held = 0;
  for (const candidate of candidates) {
    if (!isOver(candidate, candidate.isHeld ? rotate.holdFactor : 1)) break;
    await driver.unlink(candidate.segment.path);
    count -= 1;
    bytes -= candidate.bytes;
    removed += 1;
    removedBytes += candidate.bytes;
    if (candidate.isHeld) held += 1;
  }
  return { segments: removed, bytes: removedBytes, held };
}

/** Segments in their final form, oldest first, up to the first that is still being sealed. */
async function survey(
  location: JournalLocation,
  driver: FileDriver,
  clock: Clock,
  activeFirst: EventId | undefined,
): Promise<readonly Candidate[]> {
  const { segments } = await listSegments(location);
  const { holds, unreadable } = await listHolds(location);
  const binding = holds.filter((hold) => hold.expiresMicros > clock.nowMicros());
  const candidates: Candidate[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment.form === "sealing") break;
    const facts = await driver.facts(segment.path);
    if (facts === undefined) continue;
    const next = segments[index + 1]?.first ?? activeFirst;
    // A hold that cannot be read holds everything: its consumer is there, and what it has read is not known.
    const isHeld = unreadable.length > 0 || binding.some((hold) => holdsBack(hold, next));
    candidates.push({ segment, bytes: facts.size, modifiedMs: facts.modifiedMs, isHeld });
  }
  return candidates;
}

/** Whether a consumer has not come to the end of the segment before `next`. */
function holdsBack(hold: Hold, next: EventId | undefined): boolean {
  const cursor = hold.cursor === undefined ? undefined : parseId(hold.cursor.id);
  if (cursor === undefined || next === undefined) return true;
  if (cursor.epoch === next.epoch) return cursor.seq < next.seq - 1;
  return compareIds(cursor, next) < 0;
}
