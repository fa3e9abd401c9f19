import { basename, join, resolve } from "node:path";
import { type Clock, createSystemClock, type JournalLocation, type Pickup, type PickupItem } from "@plumbline/core";
import { journalLocation, listSegments, type Segment } from "@plumbline/jsonl";
import { type FileIdentity, identityAt, identityText } from "../stability/identity.ts";
import { PICKUP_DEFAULTS } from "./pickup-options.ts";
import { SegmentHold } from "./segment-hold.ts";
import {
  type AfterDelivery,
  expectArchiveFor,
  expectArchiveStillFor,
  isPutAway,
  settleSource,
  type SettlePolicy,
} from "./settle-source.ts";
import { SlotsPickup } from "./slots-pickup.ts";
import { createSourceItem } from "./source-item.ts";
import { type TroubleListener, Troubles } from "./troubles.ts";
import { Wake } from "./wake.ts";

/** Options of a pick-up of a journal's sealed segments. */
export interface JournalPickupOptions {
  /** The file that the journal is being written to. */
  readonly path: string;
  /** Whether the slots beside it are picked up too, which other processes write that asked for the same path; each in its own order. Default: false. */
  readonly slots?: boolean;
  /** Who this is to the journal: retention keeps what it has not delivered. Default: `handoff`. */
  readonly consumer?: string;
  /** How often the folder is listed, in milliseconds; hints of the system come sooner. Default: 5,000. */
  readonly pollMs?: number;
  /** What becomes of delivered segments. Default: `keep`, and retention removes them. */
  readonly after?: AfterDelivery;
  /** Default: `.delivered` beside the journal. */
  readonly archive?: string;
  /** Ends once every segment that is sealed now was given out. Default: false. */
  readonly once?: boolean;
  /** Is told when the journal's retention cannot be told what is not delivered yet, with the system's code; the hand-off goes on. */
  readonly onTrouble?: TroubleListener;
}

/**
 * Picks up a journal's segments, one at a time, in the order of their lines: each when the one before it is settled. A sealed name is the commit record: it appears when the
 * file is whole, and nothing of its content changes after. A segment that is being sealed, the active file and torn tails are never taken. One that is set aside holds up those
 * behind it, so that no hole is passed; retention keeps them all meanwhile.
 */
export function createJournalPickup(options: JournalPickupOptions, clock: Clock = createSystemClock()): Pickup {
  if (options.slots !== true) return new JournalPickup(options, clock);
  return new SlotsPickup(options, (path) => new JournalPickup({ ...options, path }, clock), clock);
}

class JournalPickup implements Pickup {
  readonly #options: JournalPickupOptions;
  readonly #location: JournalLocation;
  readonly #wake: Wake;
  readonly #hold: SegmentHold;
  readonly #troubles: Troubles;
  readonly #settling: SettlePolicy;
  /** What was given out, and not settled: as it was then. */
  readonly #given = new Map<string, string>();
  readonly #settled = new Set<string>();
  /** Delivered, and what was to become of it here failed: it stays, and nobody waits for it. */
  readonly #left = new Set<string>();
  readonly #aside = new Set<string>();

  constructor(options: JournalPickupOptions, clock: Clock) {
    this.#options = options;
    this.#location = journalLocation(options.path);
    const { after = PICKUP_DEFAULTS.after, archive = join(this.#location.directory, PICKUP_DEFAULTS.archive) } =
      options;
    this.#settling = { after, archive: resolve(archive) };
    this.#wake = new Wake(clock);
    this.#troubles = new Troubles(options.onTrouble);
    this.#hold = new SegmentHold(this.#location, options.consumer ?? "handoff", clock);
  }

  async *items(signal: AbortSignal): AsyncIterable<PickupItem> {
    const { once = false, pollMs = PICKUP_DEFAULTS.pollMs } = this.#options;
    const apart = { ...this.#settling, path: this.#location.directory, isRecursive: false };
    await expectArchiveFor(apart);
    if (!once) this.#wake.watch(this.#location.directory);
    while (!signal.aborted) {
      this.#wake.take();
      await expectArchiveStillFor(apart);
      const { segments } = await listSegments(this.#location);
      this.#forgetGone(segments);
      await this.#keepHold(segments);
      this.#troubles.endRound();
      let isChanged = false;
      for (const segment of segments) {
        const key = keyOf(segment);
        if (this.#isDelivered(key)) continue;
        // Those behind it wait: they are handed on in the order of their lines.
        if (segment.form === "sealing") break;
        const identity = await identityAt(segment.path);
        if (identity === undefined) break; // renamed or removed since the folder was listed
        if (this.#given.get(key) === identityText(identity)) break;
        this.#aside.delete(key);
        this.#given.set(key, identityText(identity));
        isChanged = true;
        yield await this.#item(segment, identity);
        await this.#ended(segment, identity, signal);
        if (signal.aborted) return;
        if (this.#isDelivered(key)) continue;
        // What changed on the way and looks as it did before is not given out again at once.
        isChanged = this.#given.has(key) || !(await isStill(segment, identity));
        break;
      }
      if (isChanged) continue; // what was hinted at meanwhile is looked at
      if (once) return;
      await this.#wake.wait(pollMs, signal);
    }
  }

  async close(): Promise<void> {
    this.#wake.close();
    await this.#hold.close();
  }

  /** Waits until a segment that was given out is settled or set aside, or changed on the way, or is not what it was: then nobody may tell of it. */
  async #ended(segment: Segment, identity: FileIdentity, signal: AbortSignal): Promise<void> {
    const key = keyOf(segment);
    while (!signal.aborted && this.#given.has(key) && !this.#isDelivered(key) && !this.#aside.has(key)) {
      await this.#wake.wait(this.#options.pollMs ?? PICKUP_DEFAULTS.pollMs, signal);
      this.#wake.take();
      if (!(await isStill(segment, identity))) return;
    }
  }

  async #item(segment: Segment, identity: FileIdentity): Promise<PickupItem> {
    const { path } = segment;
    const name = basename(path);
    return createSourceItem({
      path,
      name,
      identity,
      guarantee: "committed",
      evidence: ["committed: a sealed name, which appears only when the segment is whole"],
      sha256: undefined,
      isOrdered: true,
      isPutAway: await isPutAway({ name, identity }, this.#settling),
      settle: async () => {
        try {
          await settleSource({ path, name, identity, companion: undefined }, this.#settling);
          this.#settled.add(keyOf(segment));
        } catch (error) {
          this.#left.add(keyOf(segment));
          throw error;
        } finally {
          this.#wake.hint(name);
        }
        await this.#keepHold((await listSegments(this.#location)).segments);
      },
      changed: () => {
        this.#given.delete(keyOf(segment));
        this.#wake.hint(name);
      },
      abandon: () => {
        this.#aside.add(keyOf(segment));
        this.#wake.hint(name);
      },
    });
  }

  #isDelivered(key: string): boolean {
    return this.#settled.has(key) || this.#left.has(key);
  }

  async #keepHold(segments: readonly Segment[]): Promise<void> {
    const firstOpen = segments.findIndex((segment) => !this.#settled.has(keyOf(segment)));
    const settled = firstOpen === -1 ? segments : segments.slice(0, firstOpen);
    try {
      await this.#hold.keep(settled.at(-1)?.first, segments[firstOpen]?.first);
    } catch (error) {
      this.#troubles.tell(this.#location.directory, error);
    }
  }

  #forgetGone(segments: readonly Segment[]): void {
    const present = new Set(segments.map(keyOf));
    for (const known of [this.#given, this.#settled, this.#left, this.#aside]) {
      for (const key of known.keys()) if (!present.has(key)) known.delete(key);
    }
  }
}

async function isStill({ path }: Segment, identity: FileIdentity): Promise<boolean> {
  const now = await identityAt(path);
  return now !== undefined && identityText(now) === identityText(identity);
}

function keyOf({ first }: Segment): string {
  return `${first.epoch}-${first.seq}`;
}
