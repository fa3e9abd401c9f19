import { parseId, type Clock, type ClockTimer, type EventId, type JournalLocation } from "@plumbline/core";
import { compareIds, listHolds, listSegments, type Hold } from "@plumbline/jsonl";
import type { FileDriver } from "./file-driver.ts";
import type { ResolvedRotateOptions } from "./options.ts";

/** What one pass of retention removed. */
export interface Removal {
  readonly segments: number;
  readonly bytes: number;
  /** Of these, segments that a consumer still held: the bound on holds was reached. */
  readonly held: number;
}

/** What there is to know of a segment in its final form: it never changes again. */
interface SealedFacts {
  readonly bytes: number;
  readonly modifiedMs: number;
}

interface Candidate extends SealedFacts {
  readonly path: string;
  readonly isHeld: boolean;
}

export interface RetentionOptions {
  readonly location: JournalLocation;
  readonly limits: ResolvedRotateOptions;
  readonly driver: FileDriver;
  readonly clock: Clock;
  /** What the file being written begins with. */
  readonly activeFirst: () => EventId | undefined;
  readonly onRemoved: (removal: Removal) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** How often in the span of `keepAgeMs` it is looked whether a segment has got too old, but not more often than every minute. */
const PASSES_PER_AGE = 8;
const MIN_PAUSE_MS = 60_000;

/**
 * Removes sealed segments beyond the limits, the oldest first and never one out of turn, so that no hole arises. One that
 * a consumer holds stays, and all after it, until `holdFactor` times the limit is reached.
 */
export class Retention {
  readonly #o: RetentionOptions;
  /** By path: what a pass has seen need not be asked for again in the next, however many segments there are. */
  #known = new Map<string, SealedFacts>();
  #last: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #timer: ClockTimer | undefined;

  constructor(options: RetentionOptions) {
    this.#o = options;
  }

  /** Makes a pass in the background, after the one that is under way; what is asked for while one waits, that one does. */
  request(): void {
    const { keep, keepBytes, keepAgeMs } = this.#o.limits;
    if ([keep, keepBytes, keepAgeMs].every((limit) => limit === Number.POSITIVE_INFINITY)) return;
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#last = this.#last.then(async () => {
      this.#isWaiting = false;
      try {
        this.#o.onRemoved(await this.#pass());
      } catch (error) {
        this.#o.onTrouble(error);
      }
      this.#timer?.cancel();
      // Segments get too old also while nothing is sealed.
      if (keepAgeMs < Number.POSITIVE_INFINITY) {
        this.#timer = this.#o.clock.setTimer(() => this.request(), Math.max(MIN_PAUSE_MS, keepAgeMs / PASSES_PER_AGE));
      }
    });
  }

  /** Resolves when the passes asked for are made; none is made by the clock any more. */
  async close(): Promise<void> {
    await this.#last;
    this.#timer?.cancel();
  }

  async #pass(): Promise<Removal> {
    const { keep, keepBytes, keepAgeMs, holdFactor } = this.#o.limits;
    const candidates = await this.#survey();
    const nowMs = this.#o.clock.nowMicros() / 1000;
    let count = candidates.length;
    let bytes = candidates.reduce((sum, each) => sum + each.bytes, 0);
    const isOver = (candidate: Candidate, factor: number): boolean =>
      count > keep * factor || bytes > keepBytes * factor || nowMs - candidate.modifiedMs > keepAgeMs * factor;
    let removal: Removal = { segments: 0, bytes: 0, held: 0 };
    for (const candidate of candidates) {
      if (!isOver(candidate, candidate.isHeld ? holdFactor : 1)) break;
      await this.#o.driver.unlink(candidate.path);
      count -= 1;
      bytes -= candidate.bytes;
      removal = {
        segments: removal.segments + 1,
        bytes: removal.bytes + candidate.bytes,
        held: removal.held + (candidate.isHeld ? 1 : 0),
      };
    }
    return removal;
  }

  /** Segments in their final form, oldest first, up to the first that is still being sealed. */
  async #survey(): Promise<readonly Candidate[]> {
    const { segments } = await listSegments(this.#o.location);
    const { holds, unreadable } = await listHolds(this.#o.location);
    const binding = holds.filter((hold) => hold.expiresMicros > this.#o.clock.nowMicros());
    const known = new Map<string, SealedFacts>();
    const candidates: Candidate[] = [];
    for (const [index, { path, form }] of segments.entries()) {
      if (form === "sealing") break;
      const facts = this.#known.get(path) ?? (await this.#look(path));
      if (facts === undefined) continue;
      known.set(path, facts);
      const next = segments[index + 1]?.first ?? this.#o.activeFirst();
      // A hold that cannot be read holds everything: its consumer is there, and what it has read is not known.
      const isHeld = unreadable.length > 0 || binding.some((hold) => holdsBack(hold, next));
      candidates.push({ ...facts, path, isHeld });
    }
    this.#known = known;
    return candidates;
  }

  async #look(path: string): Promise<SealedFacts | undefined> {
    const facts = await this.#o.driver.facts(path);
    return facts === undefined ? undefined : { bytes: facts.size, modifiedMs: facts.modifiedMs };
  }
}

/** Whether a consumer has not come to the end of the segment before `next`. */
function holdsBack(hold: Hold, next: EventId | undefined): boolean {
  const cursor = hold.cursor === undefined ? undefined : parseId(hold.cursor.id);
  if (cursor === undefined || next === undefined) return true;
  if (cursor.epoch === next.epoch) return cursor.seq < next.seq - 1;
  return compareIds(cursor, next) < 0;
}
