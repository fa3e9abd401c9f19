import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, type Clock, type ClockTimer } from "@plumbline/core";
import type { HintSource } from "./hints.ts";
import { trouble } from "./judgement.ts";
import type { WatchHealth, WatchTrouble } from "./watch-health.ts";
import type { WatchSettings } from "./watch-settings.ts";

/** What a {@link HealthBook} is made of. */
export interface HealthBookOptions {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly settings: WatchSettings;
  readonly hints: HintSource;
  readonly reads: () => number;
  readonly onHealth: ((health: WatchHealth) => void) | undefined;
  /** Whether polling is what was asked for. */
  readonly isPollingWanted: boolean;
}

/** One look under way. */
export interface LookEntry {
  readonly completed: () => void;
  readonly blocked: (troubles: readonly WatchTrouble[]) => void;
}

/** A look that takes longer than this beyond its settle time is stalled. */
const STALL_MS = 5000;
/** Changes in a row without an event after which none is expected. Until then each is a reason to watch anew. */
const MISSED_IN_A_ROW = 3;

/** What is known of how a watch stands, and who is told. */
export class HealthBook {
  readonly #options: HealthBookOptions;
  #life: "new" | "running" | "closed" = "new";
  #troubles: readonly WatchTrouble[] = [];
  #stallTimer: ClockTimer | undefined;
  #isStalled = false;
  #missedInARow = 0;
  #lastLookMs: number | undefined;
  #published = "";
  #said = new Set<string>();
  readonly #counts = { looks: 0, hints: 0, missedHints: 0, hintErrors: 0, tornReads: 0, generations: 0 };

  constructor(options: HealthBookOptions) {
    this.#options = options;
  }

  get hints(): number {
    return this.#counts.hints;
  }

  started(): void {
    this.#life = "running";
  }

  closed(): void {
    this.#life = "closed";
    this.#stallTimer?.cancel();
  }

  hinted(): void {
    this.#counts.hints++;
  }

  hintFailed(directory: string, code: string): void {
    this.#counts.hintErrors++;
    this.#options.diagnostics.debug(`plumbline: watch: events of ${directory} failed: ${code}`);
    this.#publish();
  }

  /** The directories that are followed may have changed. */
  followed(): void {
    this.#publish();
  }

  lookBegins(): LookEntry {
    const { clock, settings } = this.#options;
    this.#stallTimer = clock.setTimer(() => this.stalled(), STALL_MS + settings.maxSettleMs);
    const ended = (): void => {
      this.#stallTimer?.cancel();
      this.#isStalled = false;
      this.#counts.looks++;
      this.#lastLookMs = clock.monotonicMs();
      this.#publish();
    };
    return {
      completed: ended,
      blocked: (troubles) => {
        this.#troubles = troubles;
        ended();
      },
    };
  }

  stalled(): void {
    this.#isStalled = true;
    this.#publish();
  }

  torn(): void {
    this.#counts.tornReads++;
  }

  emitted(): void {
    this.#counts.generations++;
  }

  judged(troubles: readonly WatchTrouble[]): void {
    this.#troubles = troubles;
  }

  /** A change was found. True when no event told of it and the events should be asked for anew. */
  changeFound(isWithoutEvent: boolean): boolean {
    if (!isWithoutEvent || this.#options.isPollingWanted || this.#options.hints.failures.size > 0) {
      this.#missedInARow = 0;
      return false;
    }
    this.#counts.missedHints++;
    this.#missedInARow++;
    return this.#missedInARow < MISSED_IN_A_ROW;
  }

  health(): WatchHealth {
    const { clock, hints, reads, isPollingWanted } = this.#options;
    const troubles = this.#allTroubles();
    const isPolling = isPollingWanted || hints.failures.size > 0 || this.#missedInARow >= MISSED_IN_A_ROW;
    const isLooking = this.#life === "running" && !this.#isStalled;
    return {
      status: isLooking ? (troubles.length > 0 ? "degraded" : "ok") : "failed",
      mode: isPolling ? "polling" : "events",
      troubles,
      lastLookAgeMs: this.#lastLookMs === undefined ? undefined : clock.monotonicMs() - this.#lastLookMs,
      counts: { ...this.#counts, reads: reads(), watches: hints.watches },
    };
  }

  #allTroubles(): readonly WatchTrouble[] {
    const troubles = [...this.#troubles];
    if (this.#life !== "running") troubles.push(trouble("PLB_WATCH_CLOSED", undefined, "The watch is not running."));
    if (this.#isStalled) {
      troubles.push(trouble("PLB_WATCH_STALLED", undefined, "The watch has not got through a look in time."));
    }
    for (const [directory, code] of this.#options.hints.failures) {
      const message = `The system refuses file events for ${directory}: ${code}. Changes are found by the interval.`;
      troubles.push(trouble("PLB_WATCH_EVENTS_FAILED", directory, message));
    }
    if (this.#missedInARow >= MISSED_IN_A_ROW) {
      const message = "Changes come without events, and are found by the interval.";
      troubles.push(trouble("PLB_WATCH_EVENTS_MISSING", undefined, message));
    }
    return troubles;
  }

  /** Tells of a change of what there is to tell, once. */
  #publish(): void {
    if (this.#life !== "running") return;
    const health = this.health();
    const { status, mode, troubles } = health;
    const key = JSON.stringify([status, mode, troubles]);
    if (key === this.#published) return;
    const isFirst = this.#published === "";
    this.#published = key;
    this.#say(health, isFirst);
    try {
      // A watch that begins well has nothing to tell.
      if (!isFirst || status !== "ok") this.#options.onHealth?.(health);
    } catch (error) {
      this.#options.diagnostics.error(`plumbline: watch: onHealth threw (${errorCode(error)})`);
    }
  }

  #say({ troubles }: WatchHealth, isFirst: boolean): void {
    const { diagnostics } = this.#options;
    const said = new Set(troubles.map(({ code, message }) => `${message} (${code})`));
    for (const sentence of said) if (!this.#said.has(sentence)) diagnostics.warn(`plumbline: watch: ${sentence}`);
    if (said.size === 0 && !isFirst) diagnostics.info("plumbline: watch: no trouble any more");
    this.#said = said;
  }
}
