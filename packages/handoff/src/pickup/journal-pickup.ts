import { lstat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  type Clock,
  createSystemClock,
  errorCode,
  type JournalLocation,
  type Pickup,
  type PickupItem,
} from "@plumbline/core";
import { journalLocation, listSegments, type Segment } from "@plumbline/jsonl";
import { type FileIdentity, identityOf } from "../stability/identity.ts";
import { PICKUP_DEFAULTS } from "./pickup-options.ts";
import { SegmentHold } from "./segment-hold.ts";
import { type AfterDelivery, expectArchiveFor, settleSource, type SettlePolicy } from "./settle-source.ts";
import { createSourceItem } from "./source-item.ts";
import { Wake } from "./wake.ts";

/** Options of a pick-up of a journal's sealed segments. */
export interface JournalPickupOptions {
  /** The file that the journal is being written to. */
  readonly path: string;
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
}

/**
 * Picks up a journal's segments, in the order of their lines. A sealed name is the commit record: it appears when the file is whole, and nothing of it changes
 * after. A segment that is being sealed, the active file and torn tails are never taken.
 */
export function createJournalPickup(options: JournalPickupOptions, clock: Clock = createSystemClock()): Pickup {
  return new JournalPickup(options, clock);
}

class JournalPickup implements Pickup {
  readonly #options: JournalPickupOptions;
  readonly #location: JournalLocation;
  readonly #wake: Wake;
  readonly #hold: SegmentHold;
  readonly #settling: SettlePolicy;
  readonly #given = new Set<string>();
  readonly #settled = new Set<string>();

  constructor(options: JournalPickupOptions, clock: Clock) {
    this.#options = options;
    this.#location = journalLocation(options.path);
    const { after = PICKUP_DEFAULTS.after, archive = join(this.#location.directory, PICKUP_DEFAULTS.archive) } =
      options;
    this.#settling = { after, archive: resolve(archive) };
    this.#wake = new Wake(clock);
    this.#hold = new SegmentHold(this.#location, options.consumer ?? "handoff", clock);
  }

  async *items(signal: AbortSignal): AsyncIterable<PickupItem> {
    const { once = false, pollMs = PICKUP_DEFAULTS.pollMs } = this.#options;
    await expectArchiveFor({ ...this.#settling, path: this.#location.directory, isRecursive: false });
    if (!once) this.#wake.watch(this.#location.directory);
    while (!signal.aborted) {
      this.#wake.take();
      const { segments } = await listSegments(this.#location);
      this.#forgetGone(segments);
      await this.#keepHold(segments);
      for (const segment of segments) {
        // Those behind it wait: they are handed on in the order of their lines.
        if (segment.form === "sealing") break;
        if (this.#given.has(keyOf(segment))) continue;
        const identity = await identityAt(segment.path);
        if (identity === undefined) break; // renamed or removed since the folder was listed
        this.#given.add(keyOf(segment));
        yield this.#item(segment, identity);
        if (signal.aborted) return;
      }
      if (once) return;
      await this.#wake.wait(pollMs, signal);
    }
  }

  async close(): Promise<void> {
    this.#wake.close();
    await this.#hold.close();
  }

  #item(segment: Segment, identity: FileIdentity): PickupItem {
    const { path } = segment;
    const name = basename(path);
    return createSourceItem({
      path,
      name,
      identity,
      guarantee: "committed",
      evidence: ["committed: a sealed name, which appears only when the segment is whole"],
      sha256: undefined,
      settle: async () => {
        await settleSource({ path, name, identity, companion: undefined }, this.#settling);
        this.#settled.add(keyOf(segment));
        await this.#keepHold((await listSegments(this.#location)).segments);
      },
    });
  }

  async #keepHold(segments: readonly Segment[]): Promise<void> {
    const firstOpen = segments.findIndex((segment) => !this.#settled.has(keyOf(segment)));
    const settled = firstOpen === -1 ? segments : segments.slice(0, firstOpen);
    await this.#hold.keep(settled.at(-1)?.first, segments[firstOpen]?.first);
  }

  #forgetGone(segments: readonly Segment[]): void {
    const present = new Set(segments.map(keyOf));
    for (const key of this.#given) if (!present.has(key)) this.#given.delete(key);
    for (const key of this.#settled) if (!present.has(key)) this.#settled.delete(key);
  }
}

function keyOf({ first }: Segment): string {
  return `${first.epoch}-${first.seq}`;
}

async function identityAt(path: string): Promise<FileIdentity | undefined> {
  try {
    return identityOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
