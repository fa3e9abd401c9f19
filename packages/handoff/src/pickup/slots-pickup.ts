import { dirname } from "node:path";
import { type Clock, errorCode, type JournalLocation, type Pickup, type PickupItem } from "@plumbline/core";
import { journalLocation, listJournals, parseSlotStem } from "@plumbline/jsonl";
import { PICKUP_DEFAULTS } from "./pickup-options.ts";
import { Wake } from "./wake.ts";

/** What a slot has ready, until it is given out. */
interface Ready {
  readonly item: PickupItem;
  readonly given: () => void;
}

interface SlotsOptions {
  readonly path: string;
  readonly pollMs?: number;
  readonly once?: boolean;
}

/** A journal and the slots beside it, which other processes write that asked for the same path: each in an order of its own, and none waits for another. */
export class SlotsPickup implements Pickup {
  readonly #options: SlotsOptions;
  readonly #open: (path: string) => Pickup;
  readonly #wake: Wake;
  readonly #slots = new Map<string, Pickup>();
  readonly #ready: Ready[] = [];

  /** `open` makes the pick-up of one slot, of the path that it is written under. */
  constructor(options: SlotsOptions, open: (path: string) => Pickup, clock: Clock) {
    this.#options = options;
    this.#open = open;
    this.#wake = new Wake(clock);
  }

  async *items(signal: AbortSignal): AsyncIterable<PickupItem> {
    const { path, once = false, pollMs = PICKUP_DEFAULTS.pollMs } = this.#options;
    const stop = new AbortController();
    const end = AbortSignal.any([signal, stop.signal]);
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    if (!once) this.#wake.watch(dirname(path));
    try {
      while (!signal.aborted) {
        this.#wake.take();
        for (const slot of await this.#newSlots()) {
          const run = this.#run(slot, end)
            .catch((error: unknown) => (failure ??= { error }))
            .then(() => void running.delete(run))
            .finally(() => this.#wake.hint(path));
          running.add(run);
        }
        for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
          try {
            yield next.item;
          } finally {
            next.given(); // also when nobody asks for more
          }
        }
        if (failure !== undefined) throw failure.error;
        if (once && running.size === 0) return;
        await this.#wake.wait(pollMs, signal);
      }
    } finally {
      stop.abort();
      for (const { given } of this.#ready.splice(0)) given();
      await Promise.all(running);
    }
  }

  async close(): Promise<void> {
    this.#wake.close();
    await Promise.all(Array.from(this.#slots.values(), async (slot) => slot.close()));
  }

  async #run(slot: Pickup, signal: AbortSignal): Promise<void> {
    for await (const item of slot.items(signal)) {
      if (signal.aborted) return;
      await new Promise<void>((given) => {
        this.#ready.push({ item, given });
        this.#wake.hint(item.name);
      });
    }
  }

  async #newSlots(): Promise<readonly Pickup[]> {
    const found = (await slotsOf(this.#options.path)).filter(({ stem }) => !this.#slots.has(stem));
    return found.map(({ stem, path }) => {
      const slot = this.#open(path);
      this.#slots.set(stem, slot);
      return slot;
    });
  }
}

/** The journal itself, and the slots of it that have left a file. */
async function slotsOf(path: string): Promise<readonly JournalLocation[]> {
  const itself = journalLocation(path);
  try {
    const beside = await listJournals(itself.directory);
    return [itself, ...beside.filter(({ stem }) => stem !== itself.stem && parseSlotStem(stem).stem === itself.stem)];
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [itself];
    throw error;
  }
}
