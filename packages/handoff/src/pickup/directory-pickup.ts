import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, createSystemClock, errorCode, type Pickup, type PickupItem } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { readCommitRecord } from "../stability/commit-rule.ts";
import { expectReadiness } from "../stability/expect-readiness.ts";
import { identityAt, identityText } from "../stability/identity.ts";
import { Judge, MARKER_ALONE, type Verdict } from "../stability/judge.ts";
import { scanWriters } from "../stability/open-writers.ts";
import { WriterLooks } from "../stability/writer-looks.ts";
import { isUnfinishedName } from "../stability/unfinished-name.ts";
import { walkFiles } from "./folder-walk.ts";
import {
  type DirectoryPickupOptions,
  type DirectoryPickupSettings,
  directoryPickupSettings,
} from "./pickup-options.ts";
import { createReadyItem } from "./ready-item.ts";
import { expectArchiveFor, expectArchiveStillFor } from "./settle-source.ts";
import { Troubles } from "./troubles.ts";
import { Wake } from "./wake.ts";

/** How many files are looked at side by side. */
const BATCH = 64;
/** Timers go off a little early, measured by the clock. */
const TIMER_EARLY_MS = 1;

/** Picks up the files of any producer from a folder. See {@link DirectoryPickupOptions}. */
export function createDirectoryPickup(options: DirectoryPickupOptions, clock: Clock = createSystemClock()): Pickup {
  return new DirectoryPickup(directoryPickupSettings(options), clock);
}

/** Why a file is or is not ready, as it was seen over one settle time. */
export async function explainFile(
  path: string,
  options: DirectoryPickupOptions,
  clock: Clock = createSystemClock(),
): Promise<Verdict> {
  const settings = directoryPickupSettings(options);
  const judge = new Judge(settings, clock);
  const first = await judge.judge(resolve(path), () => scanWriters());
  if (first.kind !== "wait" || first.againMs === undefined) return first;
  await new Wake(clock).wait(first.againMs, new AbortController().signal);
  return judge.judge(resolve(path), () => scanWriters());
}

interface Emitted {
  readonly identity: string;
  /** What its producer had told of its content. */
  readonly sha256: string | undefined;
  round: number;
  isSettled: boolean;
}

interface Waiting {
  /** When it is to be looked at again, in milliseconds of the clock; never, where time alone changes nothing. */
  readonly dueMs: number;
  readonly round: number;
}

class DirectoryPickup implements Pickup {
  readonly #settings: DirectoryPickupSettings;
  readonly #clock: Clock;
  readonly #judge: Judge;
  readonly #wake: Wake;
  /** What was given out, by name: it is given out again only when it has changed. */
  readonly #emitted = new Map<string, Emitted>();
  readonly #troubles: Troubles;
  readonly #waiting = new Map<string, Waiting>();
  readonly #looks: WriterLooks;
  #round = 0;

  constructor(settings: DirectoryPickupSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#judge = new Judge(settings, clock);
    this.#wake = new Wake(clock);
    this.#troubles = new Troubles(settings.onTrouble);
    this.#looks = new WriterLooks(clock);
  }

  async *items(signal: AbortSignal): AsyncIterable<PickupItem> {
    const { path, pollMs, isOnce } = this.#settings;
    await expectFolder(path);
    await expectArchiveFor(this.#settings);
    await expectReadiness(this.#settings);
    if (!isOnce) this.#wake.watch(path);
    let nextWalkMs = this.#clock.monotonicMs();
    while (!signal.aborted) {
      const hinted = this.#wake.take();
      await expectArchiveStillFor(this.#settings);
      const isWalk = hinted === undefined || this.#clock.monotonicMs() >= nextWalkMs;
      for await (const batch of isWalk ? this.#walk() : this.#due(hinted)) {
        for (const { name, verdict } of await Promise.all(batch.map(async (each) => this.#look(each)))) {
          if (signal.aborted) return;
          if (verdict?.kind === "ready") yield await this.#emit(name, verdict);
        }
      }
      if (isWalk) {
        await this.#forgetGone();
        this.#troubles.endRound();
        nextWalkMs = this.#clock.monotonicMs() + pollMs;
      }
      const dueMs = this.#nextDueMs();
      if (isOnce && dueMs === Number.POSITIVE_INFINITY) return;
      const walkMs = Math.max(1, nextWalkMs - this.#clock.monotonicMs());
      if (walkMs < dueMs) await this.#wake.wait(walkMs, signal);
      else await this.#untilQuiet(dueMs, signal);
    }
  }

  close(): void {
    this.#wake.close();
  }

  async *#walk(): AsyncGenerator<readonly string[]> {
    const { path, isRecursive } = this.#settings;
    const onTrouble = (folder: string, error: unknown): void => this.#troubles.tell(folder, error);
    this.#round += 1;
    let batch: string[] = [];
    for await (const name of walkFiles(path, isRecursive, { onTrouble })) {
      batch.push(name);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** What was hinted at, and what has waited for long enough. */
  *#due(hinted: readonly string[]): Generator<readonly string[]> {
    const { commitEnding: ending } = this.#settings;
    const nowMs = this.#clock.monotonicMs();
    // A marker that appears is a hint for the file that it commits.
    const names = new Set(
      hinted.map((name) => (ending !== "" && name.endsWith(ending) ? name.slice(0, -ending.length) : name)),
    );
    for (const [name, { dueMs }] of this.#waiting) if (dueMs <= nowMs + TIMER_EARLY_MS) names.add(name);
    const all = [...names].filter((name) => name !== "" && !isUnfinishedName(name));
    for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
  }

  #nextDueMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#waiting.values()) nextMs = Math.min(nextMs, dueMs);
    return Math.max(1, nextMs - this.#clock.monotonicMs());
  }

  async #look(name: string): Promise<{ readonly name: string; readonly verdict: Verdict | undefined }> {
    const { path, commitEnding: ending } = this.#settings;
    const ignored = { name, verdict: undefined };
    if (ending !== "" && name.endsWith(ending)) {
      await this.#noteMarker(name);
      return ignored;
    }
    const emitted = this.#emitted.get(name);
    if (emitted !== undefined) {
      emitted.round = this.#round;
      const identity = await identityAt(join(path, name)).catch(() => undefined); // the judge tells why
      const isSame = identity !== undefined && identityText(identity) === emitted.identity;
      if (isSame && !(await this.#hasNewWord(name, emitted))) return ignored;
    }
    const verdict = await this.#judge.judge(join(path, name), (sinceMs) => this.#looks.since(sinceMs));
    if (verdict.kind === "wait") {
      const dueMs = this.#clock.monotonicMs() + (verdict.againMs ?? Number.POSITIVE_INFINITY);
      this.#waiting.set(name, { dueMs, round: this.#round });
    } else this.#waiting.delete(name);
    if (verdict.kind === "wait" && verdict.trouble !== undefined)
      this.#troubles.tell(join(path, name), verdict.trouble);
    if (verdict.kind === "never") this.#judge.forget(join(path, name));
    return { name, verdict };
  }

  /** One that stands alone is told of at the start, and later once it stood so at two walks: who takes a file away may take its marker next. */
  async #noteMarker(name: string): Promise<void> {
    const { path, commit, commitEnding: ending } = this.#settings;
    if (commit !== "marker") return;
    try {
      const alone = await this.#judge.noteMarker(join(path, name.slice(0, -ending.length)));
      if (alone === "still" || (alone === "new" && this.#round === 1))
        this.#troubles.tell(join(path, name), MARKER_ALONE);
    } catch (error) {
      this.#troubles.tell(join(path, name), error);
    }
  }

  /** Whether the producer tells something else of a file that was not delivered by what it told before. */
  async #hasNewWord(name: string, { sha256, isSettled }: Emitted): Promise<boolean> {
    const { path, commit, commitEnding: ending } = this.#settings;
    if (commit !== "manifest" || isSettled) return false;
    const record = await readCommitRecord(join(path, name), commit, ending);
    if (record.kind === "unreadable") this.#troubles.tell(join(path, name), record.trouble);
    return record.kind === "committed" && record.sha256 !== sha256;
  }

  #emit(name: string, verdict: Extract<Verdict, { kind: "ready" }>): Promise<PickupItem> {
    const { identity, sha256 } = verdict;
    const file = join(this.#settings.path, name);
    const emitted: Emitted = { identity: identityText(identity), sha256, round: this.#round, isSettled: false };
    this.#emitted.set(name, emitted);
    this.#judge.forget(file);
    const onSettle = (): void => void (emitted.isSettled = true);
    // It may look again as it did, a folder's name having been changed and changed back, say.
    const onChanged = (): void => {
      if (this.#emitted.get(name) === emitted) this.#emitted.delete(name);
    };
    return createReadyItem(file, name, verdict, this.#settings, onSettle, onChanged);
  }

  /** Waits for the end of a time of quiet; the look through the processes, which is due then, is over by then. */
  async #untilQuiet(dueMs: number, signal: AbortSignal): Promise<void> {
    const leadMs = Math.min(dueMs, this.#looks.leadMs);
    if (leadMs < dueMs && !(await this.#wake.wait(dueMs - leadMs, signal))) return;
    this.#looks.prepare(leadMs);
    await this.#wake.wait(leadMs, signal);
  }

  async #forgetGone(): Promise<void> {
    await this.#judge.forgetMarkers();
    for (const [name, { round }] of this.#emitted) if (round < this.#round) this.#emitted.delete(name);
    for (const [name, { round }] of this.#waiting) {
      if (round === this.#round) continue;
      this.#waiting.delete(name);
      this.#judge.forget(join(this.#settings.path, name));
    }
  }
}

/** Rejects with `PLB_HANDOFF_SOURCE_INVALID` unless a folder is there. */
export async function expectFolder(path: string): Promise<void> {
  let why = "it is no folder";
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    why = errorCode(error);
  }
  throw handoffError("PLB_HANDOFF_SOURCE_INVALID", {
    message: `Nothing can be picked up from ${path}: ${why}.`,
    details: { path },
  });
}
