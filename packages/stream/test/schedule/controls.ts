import { parseId } from "@plumbline/core";
import { judge, type Seen, type Verdict } from "./oracle.ts";
import { createScene, type Scene } from "./scene.ts";
import type { ToyWriter } from "./toy-writer.ts";

/**
 * Three ways from replay to live that are in use elsewhere and do not hold: the harness must see it. They get an easy journal: one epoch, no damage, nothing
 * retired, and history that is read without a fault.
 */
export type Control = "two-producers" | "two-producers-locked" | "buffer-then-flush";

/** What one schedule of a control came to. */
export async function runControl(control: Control, seed: number): Promise<Verdict> {
  const scene = createScene(seed, {
    lines: 120,
    segmentLines: 1000,
    keep: Number.POSITIVE_INFINITY,
    crashes: 0,
    damage: 0,
    retainBytes: 0,
  });
  const { scheduler, writer } = scene;
  const subscriber = new ControlSubscriber(scene, control);
  scheduler.start(() => writer.write());
  scheduler.start(() => subscriber.run());
  await scheduler.run();
  return judge(
    {
      written: writer.written,
      retired: new Set(),
      damaged: new Set(),
      isWanted: () => true,
      start: `${writer.ring.epoch}:0`,
      mayBeLost: false,
    },
    subscriber.seen,
  );
}

/** As many as a subscriber's outbox or buffer holds. */
const BOUND = 16;
/** The cut-over is taken when so few are left to replay. */
const NEAR = 10;

class ControlSubscriber {
  readonly seen: Seen[] = [];
  readonly #scene: Scene;
  readonly #control: Control;
  readonly #outbox: { readonly id: string; readonly line: string }[] = [];
  /** The number of the last event that was put. */
  #seq = 0;
  #isLive = false;
  #isLocked = false;

  constructor(scene: Scene, control: Control) {
    this.#scene = scene;
    this.#control = control;
  }

  async run(): Promise<void> {
    const { scheduler, writer } = this.#scene;
    while (writer.written.length < 30) await scheduler.pause();
    if (this.#control === "buffer-then-flush") await this.#bufferThenFlush(writer);
    else await this.#twoProducers(writer);
  }

  /** Replay and live both load the number, drop what is older, put, and then lift the number. */
  async #twoProducers(writer: ToyWriter): Promise<void> {
    const { scheduler } = this.#scene;
    const live: { id: string; line: string }[] = [];
    // Before the cut-over an event is left to the replay, once it comes.
    writer.onCommit.add((id, line) => {
      if (this.#isLive) live.push({ id, line });
    });
    const replay = { isOver: false };
    const emit = async (): Promise<void> => {
      while (!writer.isDone || live.length > 0 || !replay.isOver) {
        await scheduler.pause();
        const event = live.shift();
        if (event !== undefined) await this.#put(event);
      }
    };
    scheduler.start(emit);
    for (let at = 0; at < writer.written.length;) {
      const event = writer.written[at];
      at += 1;
      if (event !== undefined) await this.#put(event);
      this.#isLive ||= writer.written.length - at < NEAR;
    }
    replay.isOver = true;
    this.#isLive = true;
  }

  async #put(event: { readonly id: string; readonly line: string }): Promise<void> {
    const { scheduler } = this.#scene;
    if (this.#control === "two-producers-locked") {
      while (this.#isLocked) await scheduler.pause();
      this.#isLocked = true;
    }
    const loaded = this.#seq;
    // Before the cut-over there is one producer, which is as fast as the disk.
    if (this.#isLive) await scheduler.pause();
    const seq = parseId(event.id)?.seq ?? 0;
    if (seq > loaded) {
      this.seen.push({ kind: "event", ...event });
      if (this.#isLive) await scheduler.pause();
      this.#seq = seq;
    }
    this.#isLocked = false;
    if (this.#isLive) await scheduler.pause();
  }

  /** Live events go into a bounded buffer while history is read, and after it; then they come straight. */
  async #bufferThenFlush(writer: ToyWriter): Promise<void> {
    const { scheduler } = this.#scene;
    writer.onCommit.add((id, line) => {
      this.#outbox.push({ id, line });
      if (this.#outbox.length > BOUND) this.#outbox.shift();
    });
    const end = writer.written.length;
    for (let at = 0; at < end; at++) {
      await scheduler.pause();
      const event = writer.written[at];
      if (event !== undefined) this.seen.push({ kind: "event", ...event });
    }
    const last = parseId(writer.written[end - 1]?.id ?? "")?.seq ?? 0;
    while (!writer.isDone || this.#outbox.length > 0) {
      await scheduler.pause();
      const event = this.#outbox.shift();
      if (event !== undefined && (parseId(event.id)?.seq ?? 0) > last) this.seen.push({ kind: "event", ...event });
    }
  }
}
