import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, createSystemClock, errorCode, type Pickup, type PickupItem } from "@plumbline/core";
import { sourceChanged } from "../stable-file.ts";
import { identityOf, identityText, type FileIdentity } from "../stability/identity.ts";
import { isUnfinishedName } from "../stability/unfinished-name.ts";
import { unreadableName } from "../unreadable-name.ts";
import { expectFolder } from "./directory-pickup.ts";
import { walkFiles } from "./folder-walk.ts";
import { PICKUP_DEFAULTS } from "./pickup-options.ts";
import { createSourceItem } from "./source-item.ts";
import { type TroubleListener, Troubles } from "./troubles.ts";
import { Wake } from "./wake.ts";

/** Options of a pick-up whose units are folders. */
export interface UnitPickupOptions {
  /** The folder that the units are in. */
  readonly path: string;
  /** The file that is written last, without which a unit is none, and which is handed on last. Default: `meta.json`, as in Prometheus' blocks. */
  readonly last?: string;
  /** How often the folder is listed, in milliseconds; hints of the system come sooner. Default: 5,000. */
  readonly pollMs?: number;
  /** Ends once every unit that is there was handed on, or cannot be since a file of it was set aside. Default: false. */
  readonly once?: boolean;
  /** Is told of units that cannot be looked at, with the system's code; the others go on. */
  readonly onTrouble?: TroubleListener;
}

/** A file that was given out, as it was then, and what became of it. */
interface Given {
  readonly identity: string;
  end: "under way" | "delivered" | "aside";
}

/** What has been given out of a unit. */
interface UnitState {
  fingerprint: string;
  /** By name, without what is to be given out again. */
  readonly given: Map<string, Given>;
}

interface UnitFile {
  readonly name: string;
  readonly path: string;
  readonly identity: FileIdentity;
}

/**
 * Picks up folders as units: all files of one, and the last one only when every other has been delivered, so that who finds it at the destination finds all. A unit
 * that changes meanwhile is not ended. Delivered units are kept: who made them removes them.
 */
export function createUnitPickup(options: UnitPickupOptions, clock: Clock = createSystemClock()): Pickup {
  return new UnitPickup(options, clock);
}

class UnitPickup implements Pickup {
  readonly #path: string;
  readonly #last: string;
  readonly #options: UnitPickupOptions;
  readonly #wake: Wake;
  readonly #troubles: Troubles;
  readonly #units = new Map<string, UnitState>();

  constructor(options: UnitPickupOptions, clock: Clock) {
    this.#options = options;
    this.#path = resolve(options.path);
    this.#last = options.last ?? "meta.json";
    this.#wake = new Wake(clock);
    this.#troubles = new Troubles(options.onTrouble);
  }

  async *items(signal: AbortSignal): AsyncIterable<PickupItem> {
    const { once = false, pollMs = PICKUP_DEFAULTS.pollMs } = this.#options;
    await expectFolder(this.#path);
    if (!once) this.#wake.watch(this.#path);
    while (!signal.aborted) {
      this.#wake.take();
      let isOver = true;
      const names = await this.#unitNames();
      for (const unit of names) {
        for await (const item of this.#unit(unit)) {
          yield item;
          if (signal.aborted) return;
        }
        if (this.#isOpen(unit)) isOver = false;
      }
      for (const unit of this.#units.keys()) if (!names.includes(unit)) this.#units.delete(unit);
      this.#troubles.endRound();
      if (once && isOver) return;
      await this.#wake.wait(pollMs, signal);
    }
  }

  close(): void {
    this.#wake.close();
  }

  async *#unit(unit: string): AsyncGenerator<PickupItem> {
    const files = await this.#filesOf(unit);
    const last = files?.find(({ name }) => name === `${unit}/${this.#last}`);
    if (files === undefined || last === undefined) return;
    const fingerprint = fingerprintOf(files);
    const state = this.#units.get(unit) ?? { fingerprint, given: new Map<string, Given>() };
    this.#units.set(unit, state);
    if (state.fingerprint !== fingerprint) {
      state.fingerprint = fingerprint;
      keepUnchanged(state.given, files, last);
    }
    for (const file of files) {
      if (file !== last && !state.given.has(file.name)) yield this.#item(state, file, undefined);
    }
    const isReady = files.every((file) => file === last || state.given.get(file.name)?.end === "delivered");
    if (!isReady || state.given.has(last.name)) return;
    yield this.#item(state, last, async () => {
      const now = await this.#filesOf(unit);
      if (now === undefined || fingerprintOf(now) !== fingerprint) {
        throw sourceChanged(join(this.#path, unit), "files of its unit changed", ["files"]);
      }
    });
  }

  /** Whether something of a unit is still to be handed on, and can be. */
  #isOpen(unit: string): boolean {
    const given = this.#units.get(unit)?.given;
    if (given === undefined || [...given.values()].some(({ end }) => end === "aside")) return false;
    return given.get(`${unit}/${this.#last}`)?.end !== "delivered";
  }

  #item(
    { given }: UnitState,
    { name, path, identity }: UnitFile,
    recheck: (() => Promise<void>) | undefined,
  ): PickupItem {
    const file: Given = { identity: identityText(identity), end: "under way" };
    given.set(name, file);
    return createSourceItem({
      path,
      name,
      identity,
      guarantee: "committed",
      evidence: [`committed: its unit has ${this.#last}, which is written last`],
      sha256: undefined,
      settle: async () => {
        file.end = "delivered";
        if ([...given.values()].every(({ end }) => end === "delivered")) this.#wake.hint(name);
      },
      // The others go on: they may be under way.
      changed: () => {
        if (given.get(name) === file) given.delete(name);
        this.#wake.hint(name);
      },
      abandon: () => {
        file.end = "aside";
        this.#wake.hint(name);
      },
      ...(recheck === undefined ? {} : { recheck }),
    });
  }

  async #unitNames(): Promise<readonly string[]> {
    const entries = await readdir(this.#path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !isUnfinishedName(entry.name) && !entry.name.includes(".tmp-"))
      .map(({ name }) => name)
      .sort();
  }

  /** `undefined` when it went away meanwhile, or cannot be looked at: half a unit is none. */
  async #filesOf(unit: string): Promise<readonly UnitFile[] | undefined> {
    const files: UnitFile[] = [];
    let lastNamed = unit;
    try {
      for await (const name of walkFiles(this.#path, true, { below: unit })) {
        lastNamed = name;
        const path = join(this.#path, name);
        files.push({ name, path, identity: identityOf(await lstat(path, { bigint: true })) });
      }
    } catch (error) {
      const isGone = errorCode(error) === "ENOENT";
      const unreadable = isGone ? unreadableName(lastNamed) : undefined;
      if (!isGone || unreadable !== undefined) this.#troubles.tell(join(this.#path, unit), unreadable ?? error);
      return undefined;
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function fingerprintOf(files: readonly UnitFile[]): string {
  return files.map(({ name, identity }) => `${name}\0${identityText(identity)}`).join("\0");
}

/** A changed unit's files are given out again where they are not what they were; what was set aside has another try, and the last comes after them all. */
function keepUnchanged(given: Map<string, Given>, files: readonly UnitFile[], last: UnitFile): void {
  const now = new Map(files.map(({ name, identity }) => [name, identityText(identity)]));
  for (const [name, { identity, end }] of given) {
    if (name === last.name || end === "aside" || now.get(name) !== identity) given.delete(name);
  }
}
