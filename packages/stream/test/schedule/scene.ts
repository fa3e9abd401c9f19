import { createLineFilter, errorCode, eventLineFrom, type Durability } from "@plumbline/core";
import type { ReadMemory } from "../../src/read-memory.ts";
import { resolveSettings } from "../../src/subscription-settings.ts";
import { JournalSubscription } from "../../src/subscription.ts";
import type { StreamStart, SubscribeOptions } from "../../src/index.ts";
import { SpoiledMemory } from "../spoiled-memory.ts";
import { judge, type Seen, type Verdict } from "./oracle.ts";
import { Scheduler } from "./scheduler.ts";
import { ToyDisk } from "./toy-disk.ts";
import { ToyWriter, type WriterHabits } from "./toy-writer.ts";

/** A scene as its seed draws it. */
export interface Scene {
  readonly scheduler: Scheduler;
  readonly disk: ToyDisk;
  readonly writer: ToyWriter;
  readonly memory: ReadMemory;
}

/** What a run came to. */
export interface RunResult {
  readonly verdict: Verdict;
  readonly seen: readonly Seen[];
  readonly outOfOrder: number;
  readonly openFiles: number;
  /** Events by where they came from, and gaps by reason: what the seeds together must have met. */
  readonly met: ReadonlySet<string>;
}

/** How a subscriber reads in a scene. */
interface SubscriberHabits {
  readonly isOwn: boolean;
  readonly durability: Durability;
  readonly names: readonly string[] | undefined;
  /** How likely it is, after each item, that it goes and comes back from its cursor. */
  readonly restarts: number;
  readonly cursor: "earliest" | "latest";
}

export function createScene(seed: number, habits: Partial<WriterHabits> = {}): Scene {
  const scheduler = new Scheduler(seed);
  const disk = new ToyDisk(scheduler);
  const drawn: WriterHabits = {
    lines: scheduler.between(20, 120),
    segmentLines: scheduler.between(3, 30),
    compress: scheduler.chance(0.5),
    keep: scheduler.chance(0.5) ? Number.POSITIVE_INFINITY : scheduler.between(1, 4),
    retainBytes: scheduler.chance(0.3) ? 1_000_000 : scheduler.between(0, 3000),
    crashes: scheduler.chance(0.5) ? scheduler.between(1, 3) : 0,
    damage: scheduler.chance(0.2) ? 0.05 : 0,
    ...habits,
  };
  return { scheduler, disk, writer: new ToyWriter(disk, scheduler, drawn), memory: new SpoiledMemory() };
}

/** Lets a subscriber read what a writer writes, in one schedule, and compares. */
export async function runScene(seed: number): Promise<RunResult> {
  const scene = createScene(seed);
  const { scheduler, disk, writer } = scene;
  const isOwn = scheduler.chance(0.5);
  const habits: SubscriberHabits = {
    isOwn,
    durability: isOwn
      ? ((["written", "fsynced", "buffered"] as const)[scheduler.between(0, 2)] ?? "written")
      : "written",
    names: scheduler.chance(0.4) ? ["toy.n3"] : undefined,
    restarts: scheduler.chance(0.5) ? 0.1 : 0,
    cursor: scheduler.chance(0.3) ? "latest" : "earliest",
  };
  const subscriber = new ToySubscriber(scene, habits);
  scheduler.start(() => writer.write());
  scheduler.start(() => writer.maintain());
  scheduler.start(() => subscriber.read());
  await scheduler.run();
  const takes = createLineFilter({ minSeverity: 1, names: habits.names, signals: ["logs"] });
  const verdict = judge(
    {
      written: writer.written,
      retired: writer.retired,
      damaged: writer.damaged,
      isWanted: (line) => takes(eventLineFrom(line)),
      start: subscriber.start,
      mayBeLost: habits.durability === "buffered",
    },
    subscriber.seen,
  );
  return {
    verdict,
    seen: subscriber.seen,
    outOfOrder: subscriber.outOfOrder,
    openFiles: disk.openFiles,
    met: subscriber.met,
  };
}

class ToySubscriber {
  readonly seen: Seen[] = [];
  readonly met = new Set<string>();
  start: string | undefined;
  outOfOrder = 0;
  readonly #scene: Scene;
  readonly #habits: SubscriberHabits;
  #cursor: StreamStart;

  constructor(scene: Scene, habits: SubscriberHabits) {
    this.#scene = scene;
    this.#habits = habits;
    this.#cursor = habits.cursor;
  }

  async read(): Promise<void> {
    const { scheduler, writer } = this.#scene;
    for (let isOver = false; !isOver;) {
      const { runs } = writer;
      const subscription = this.#subscribe();
      const ender = this.#endLater(subscription);
      try {
        isOver = await this.#consume(subscription, runs);
      } catch (error) {
        // The process that it stands in is gone already.
        const isGone = this.#habits.isOwn && writer.runs !== runs;
        // The journal ended with events that are gone, and says so.
        const rest = writer.written.slice(writer.written.findIndex(({ id }) => id === subscription.cursor) + 1);
        const isAllGone = rest.every(({ id }) => writer.damaged.has(id) || writer.retired.has(id));
        if (errorCode(error) !== "PLB_STREAM_STALLED" || !(isGone || isAllGone)) throw error;
        isOver = !isGone;
      } finally {
        await subscription.close();
        await ender;
        this.outOfOrder += subscription.state().outOfOrder;
      }
      this.met.add("restart");
      await scheduler.pause();
    }
  }

  #subscribe(): JournalSubscription {
    const { scheduler, disk, writer, memory } = this.#scene;
    const { isOwn, durability, names } = this.#habits;
    const options: SubscribeOptions = {
      cursor: this.#cursor,
      durability,
      filter: names === undefined ? undefined : { wantedNames: names },
      maxBatchCount: scheduler.between(1, 20),
      maxBatchBytes: scheduler.between(1, 5000),
      progressEvery: scheduler.between(1, 50),
      pollMs: 50,
      clock: scheduler.clock,
      strayCursor: durability === "buffered" ? "gap" : "refuse",
      memory: scheduler.chance(0.5) ? memory : undefined,
    };
    const ring = isOwn ? writer.ring : undefined;
    return new JournalSubscription({ location: disk.location, ring, files: disk }, resolveSettings(options, isOwn));
  }

  /** Reads until the end, or until the process that it stands in is gone. */
  async #consume(subscription: JournalSubscription, runs: number): Promise<boolean> {
    const { scheduler, writer } = this.#scene;
    await subscription.ready();
    if (scheduler.chance(0.2)) await subscription.rest();
    if (this.#cursor === "latest") this.start = subscription.cursor;
    for await (const item of subscription) {
      await scheduler.pause();
      if (item.kind === "gap") this.seen.push(item);
      if (item.kind === "events") for (const { id, line } of item.lines) this.seen.push({ kind: "event", id, line });
      this.met.add(item.kind === "gap" ? item.reason : item.kind === "events" && item.isLive ? "live" : item.kind);
      this.#cursor = item.cursor;
      if (scheduler.chance(0.1)) await subscription.rest();
      if (this.#habits.isOwn && writer.runs !== runs) return false;
      if (scheduler.chance(this.#habits.restarts)) return false;
    }
    return writer.isDone && writer.runs === runs;
  }

  /** One that reads another process's journal does not hear of the end: it is closed when nothing comes any more. */
  async #endLater(subscription: JournalSubscription): Promise<void> {
    const { scheduler, writer } = this.#scene;
    let idle = 0;
    let before = "";
    while (subscription.state().phase !== "ended" && idle < 40) {
      await new Promise<void>((resolve) => void scheduler.clock.setTimer(resolve, 200));
      const { scanned, gaps, phase } = subscription.state();
      const now = `${scanned} ${gaps} ${phase}`;
      idle = writer.isDone && now === before && phase === "live" ? idle + 1 : 0;
      before = now;
      const isGone = this.#habits.isOwn && writer.isDone;
      if (isGone && subscription.state().phase === "ended") return;
    }
    if (!this.#habits.isOwn) await subscription.close();
  }
}
