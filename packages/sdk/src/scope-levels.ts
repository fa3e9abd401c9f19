import { type EventInput, toSeverityNumber } from "@plumbline/core";
import { type Level, type LevelInput, toLevel } from "./config/schema-fields.ts";

/** The name that stands for every scope without a level of its own. */
const EVERY_SCOPE = "*";
const INFO = 9;

/**
 * Levels per scope, changeable while events flow. A scope has the level of the longest name that it equals or lies below, by
 * whole parts: `acme.db` counts for `acme.db.pool`, not for `acme.dbx`. What is set while running wins over the config for the same
 * name. Changes are seen by the next call of each logger.
 */
export class ScopeLevels {
  #configured: ReadonlyMap<string, Level> = new Map();
  readonly #set = new Map<string, Level>();
  #levels: ReadonlyMap<string, Level> = new Map();
  #generation = 0;

  constructor(base: Level, levels: Readonly<Record<string, Level>>) {
    this.configure(base, levels);
  }

  /** Grows with every change: what a logger compares to know whether its level still holds. */
  get generation(): number {
    return this.#generation;
  }

  /** The level of a scope; of events without one when it is `undefined`. */
  of(scope: string | undefined): Level {
    for (let name = scope; name !== undefined && name !== ""; name = parentOf(name)) {
      const level = this.#levels.get(name);
      if (level !== undefined) return level;
    }
    return this.#levels.get(EVERY_SCOPE) ?? 1;
  }

  /** Whether an event has the level of its scope. */
  admits(event: EventInput): boolean {
    try {
      return (toSeverityNumber(event.severity) ?? INFO) >= this.of(event.scope?.name);
    } catch {
      return true; // an event that cannot be read; the pipeline counts it as failed
    }
  }

  /**
   * Sets a scope's level; `*` stands for all without one of their own, and `undefined` goes back to what the config says. Returns
   * false, and changes nothing, for what is no level.
   */
  set(scope: string, level: LevelInput | undefined): boolean {
    const value = toLevel(level);
    if (value === undefined && level !== undefined) return false;
    if (value === undefined) this.#set.delete(scope);
    else this.#set.set(scope, value);
    this.#merge();
    return true;
  }

  /** Takes the levels of a config in place of those of the one before. */
  configure(base: Level, levels: Readonly<Record<string, Level>>): void {
    this.#configured = new Map([...Object.entries(levels), [EVERY_SCOPE, base]]);
    this.#merge();
  }

  #merge(): void {
    this.#levels = new Map([...this.#configured, ...this.#set]);
    this.#generation += 1;
  }
}

function parentOf(scope: string): string | undefined {
  const dot = scope.lastIndexOf(".");
  return dot < 0 ? undefined : scope.slice(0, dot);
}
