import { createFakeClock, createRandom, type FakeClock } from "@plumbline/testing";

/** A schedule that came to no end. */
export class Stuck extends Error {}

/**
 * Runs actors one step at a time: each stops at every `pause` and goes on when it is drawn. Between two steps everything that waits for promises
 * alone has its turn, so one seed gives one schedule. Time goes on only when every actor waits for it, or by chance.
 */
export class Scheduler {
  readonly clock: FakeClock = createFakeClock();
  readonly random: () => number;
  readonly #waiting: (() => void)[] = [];
  #live = 0;
  #failure: unknown;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** Whole numbers in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pause(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Adds an actor; the schedule is over when all have ended. */
  start(actor: () => Promise<void>): void {
    this.#live += 1;
    void actor().then(
      () => (this.#live -= 1),
      (error: unknown) => {
        this.#failure ??= error;
        this.#live -= 1;
      },
    );
  }

  /** Runs all actors to their end. Throws what one threw, or {@link Stuck}. */
  async run(maxSteps = 200_000): Promise<void> {
    for (let step = 0; ; step++) {
      await settled();
      if (this.#failure !== undefined) throw new Error("an actor failed", { cause: this.#failure });
      if (this.#live === 0) return;
      if (step === maxSteps) throw new Stuck(`no end after ${maxSteps} steps`);
      const isTimeUp = this.#waiting.length === 0 || this.chance(0.05);
      const nextMs = this.clock.nextTimerMs;
      if (isTimeUp && nextMs !== undefined) await this.clock.advance(nextMs);
      else if (this.#waiting.length === 0) throw new Stuck("everybody waits, and nobody is there to wake them");
      else {
        const at = Math.floor(this.random() * this.#waiting.length);
        this.#waiting.splice(at, 1)[0]?.();
      }
    }
  }
}

/** Resolves after all microtasks that are queued, and those that they queue. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
