import { createSystemClock, type AnyMap, type Clock, type Journal, type PluginContext } from "@plumbline/core";

/** Options of {@link createTestContext}. */
export interface TestContextOptions {
  /** Default `contract`. */
  readonly name?: string;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly resource?: AnyMap;
  /** Default: none, as on a host that keeps nothing on disk. */
  readonly dataDir?: string;
  /** Default: the working directory. */
  readonly baseDir?: string;
  readonly journal?: Journal;
}

/** What a plugin said through `diagnostics`. */
export interface Said {
  readonly level: "error" | "warn" | "info" | "debug" | "verbose";
  readonly message: string;
}

/** A context that remembers what was done with it. */
export interface TestContext extends PluginContext {
  /** What was said, in order. */
  readonly said: readonly Said[];
  /** What has effects and was used, in order: `clock.setTimer`, `dataDir`, `diagnostics.warn`. */
  readonly used: readonly string[];
  /** Timers that were set through the context's clock and have neither gone off nor been cancelled. */
  readonly pendingTimers: number;
  /** Lets the deadline of `close` pass: `signal` aborts. */
  abort(): void;
}

/** A context to create a plugin in, outside of any host. */
export function createTestContext(options: TestContextOptions = {}): TestContext {
  const real = options.clock ?? createSystemClock();
  const abort = new AbortController();
  const said: Said[] = [];
  const used: string[] = [];
  const timers = new Set<object>();
  const sayAt =
    (level: Said["level"]) =>
    (message: string): void => {
      used.push(`diagnostics.${level}`);
      said.push({ level, message });
    };
  return {
    name: options.name ?? "contract",
    clock: {
      nowMicros: () => real.nowMicros(),
      monotonicMs: () => real.monotonicMs(),
      setTimer(callback, delayMs) {
        used.push("clock.setTimer");
        const key = {};
        timers.add(key);
        const timer = real.setTimer(() => {
          timers.delete(key);
          callback();
        }, delayMs);
        return {
          cancel: () => {
            timers.delete(key);
            timer.cancel();
          },
        };
      },
    },
    diagnostics: {
      error: sayAt("error"),
      warn: sayAt("warn"),
      info: sayAt("info"),
      debug: sayAt("debug"),
      verbose: sayAt("verbose"),
    },
    resource: options.resource ?? { "service.name": "contract" },
    get dataDir() {
      used.push("dataDir");
      return options.dataDir;
    },
    baseDir: options.baseDir ?? process.cwd(),
    journal: options.journal,
    signal: abort.signal,
    said,
    used,
    get pendingTimers() {
      return timers.size;
    },
    abort: () => abort.abort(),
  };
}
