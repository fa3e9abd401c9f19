import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, type Clock } from "@plumbline/core";
import type { Generation } from "./generation.ts";
import { holdProcess } from "./hold-process.ts";
import { fingerprintOf } from "./judgement.ts";
import type { LastGoodStore } from "./last-good.ts";
import { ReloadBook } from "./reload-book.ts";
import { ReloadEngine } from "./reload-engine.ts";
import type { ReloaderHealth, ReloadOutcome, ReloadStatus } from "./reload-status.ts";
import { observeReloader, type ReloaderReport } from "./reloader-metrics.ts";
import type { ReloaderOptions } from "./reloader-options.ts";
import type { ReloaderSettings } from "./reloader-settings.ts";
import type { Reloader } from "./reloader.ts";
import { ContentRegister, watchedFiles, type UsedContent } from "./used-content.ts";
import { watchError } from "./watch-error.ts";
import type { WatchHealth } from "./watch-health.ts";
import type { FileWatcher, WatchFilesOptions } from "./watch-options.ts";

/** What a reloader stands on; tests give their own. */
export interface ReloaderPorts {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly settings: ReloaderSettings;
  readonly store: LastGoodStore | undefined;
  readonly watch: (listeners: Required<Pick<WatchFilesOptions, "onGeneration" | "onHealth">>) => FileWatcher;
}

type State =
  | { readonly kind: "new" }
  | { readonly kind: "running"; readonly started: Promise<ReloadOutcome>; readonly endMetrics: () => void }
  | { readonly kind: "closed"; readonly end: Promise<void> };

/** A watch, an engine that puts its generations in force, and the copy of the last good one; see {@link Reloader}. */
export class ConfigReloader<Config> implements Reloader<Config> {
  readonly #options: ReloaderOptions<Config>;
  readonly #ports: ReloaderPorts;
  readonly #book: ReloadBook;
  readonly #watcher: FileWatcher;
  readonly #engine: ReloadEngine<Config>;
  #state: State = { kind: "new" };
  /** Of the first generation, or of one that came before it was asked for. */
  #latest: Promise<ReloadOutcome> | undefined;

  constructor(options: ReloaderOptions<Config>, ports: ReloaderPorts) {
    this.#options = options;
    this.#ports = ports;
    const { clock, diagnostics, settings } = ports;
    this.#book = new ReloadBook({ clock, diagnostics, onEvent: options.onEvent });
    this.#watcher = ports.watch({
      onGeneration: (generation) => this.#seen(generation),
      onHealth: (health) => this.#book.health(health),
    });
    this.#engine = new ReloadEngine<Config>({
      options,
      settings,
      clock,
      random: options.random ?? Math.random,
      register: new ContentRegister(options.env ?? process.env, options.environment ?? []),
      book: this.#book,
      include: (path) => this.#watcher.include(path),
      retainIncluded: (paths) => this.#watcher.retainIncluded(paths),
      save: (used) => this.#save(used),
      lastGood: (failed) => this.#lastGood(failed),
    });
  }

  get config(): Config | undefined {
    return this.#engine.config;
  }

  start(): Promise<ReloadOutcome> {
    if (this.#state.kind === "closed") return Promise.reject(watchError("PLB_WATCH_CLOSED"));
    if (this.#state.kind === "new") {
      const { clock } = this.#ports;
      const endMetrics =
        this.#options.metrics === false ? (): void => undefined : observeReloader(clock, () => this.report());
      this.#state = { kind: "running", started: holdProcess(this.#start()), endMetrics };
    }
    return this.#state.started;
  }

  async reload(options: { readonly force?: boolean } = {}): Promise<ReloadOutcome> {
    if (this.#state.kind !== "running") throw watchError("PLB_WATCH_CLOSED");
    const generation = await this.#watcher.check();
    const health = this.#watcher.state();
    // What stands there cannot be a generation: the last one is none to fall back to.
    if (generation === undefined || isBlocked(health)) return { kind: "nothing", health };
    return holdProcess(this.#engine.offer(generation, options.force ?? false));
  }

  status(): ReloadStatus {
    return this.#book.status();
  }

  async health(): Promise<ReloaderHealth> {
    const watch = await this.#watcher.health();
    const reload = this.#book.status();
    const reasons = watch.troubles.map(({ message, code }) => `${message} (${code})`);
    const { phase, inForce, lastFailure } = reload;
    if (lastFailure !== undefined) {
      const { generation, stage, message, code } = lastFailure;
      reasons.push(`Generation ${generation} failed at ${stage}: ${message} (${code})`);
    }
    if (inForce === undefined) reasons.push("Nothing is in force yet.");
    else if (inForce.source === "lastGood") reasons.push("The last good copy is in force, not what is on disk.");
    if (phase.kind === "stuck") reasons.push("The target has not ended a reload in its time.");
    const isFailed = watch.status === "failed" || phase.kind === "stuck" || inForce === undefined;
    const status = isFailed ? "failed" : reasons.length > 0 ? "degraded" : "ok";
    return { status, reasons, watch, reload };
  }

  report(): ReloaderReport {
    const { watches, hints, hintErrors } = this.#watcher.state().counts;
    const method = this.#options.method ?? "function";
    return { ...this.#book.sums, watches, watchEvents: hints, watchErrors: hintErrors, method };
  }

  close(): Promise<void> {
    if (this.#state.kind !== "closed") {
      if (this.#state.kind === "running") this.#state.endMetrics();
      this.#state = { kind: "closed", end: holdProcess(this.#end()) };
    }
    return this.#state.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(): Promise<ReloadOutcome> {
    this.#book.idle();
    await this.#watcher.start();
    const outcome = await (this.#latest ?? this.#startWithoutFiles());
    // Something may be in force all the same: then the copy is.
    const isRunning = this.#book.status().inForce !== undefined;
    if (isRunning) return outcome.kind === "failed" ? { kind: "applied", generation: 0 } : outcome;
    if (this.#options.whenNothingIsGood === "wait") return outcome;
    const cause = outcome.kind === "failed" ? outcome.failure.error : undefined;
    const why = outcome.kind === "failed" ? outcome.failure.message : troublesOf(this.#watcher.state());
    await this.close();
    throw watchError("PLB_WATCH_NOTHING_GOOD", { message: `The reloader has nothing to begin with: ${why}`, cause });
  }

  async #startWithoutFiles(): Promise<ReloadOutcome> {
    const outcome = await this.#engine.startFromLastGood(troublesOf(this.#watcher.state()));
    return outcome ?? { kind: "nothing", health: this.#watcher.state() };
  }

  #seen(generation: Generation): void {
    this.#book.seen(generation.generation, generation.fingerprint);
    const outcome = this.#engine.offer(generation, false);
    this.#latest = outcome;
    outcome.catch((error: unknown) => {
      // Only the end rejects it; who waits for it hears of that by himself.
      this.#ports.diagnostics.debug(`plumbline: watch: a reload was given up (${errorCode(error)})`);
    });
  }

  async #end(): Promise<void> {
    await Promise.all([this.#watcher.close(), this.#engine.close(this.#ports.settings.applyTimeoutMs)]);
    this.#book.stopped();
  }

  async #save(used: UsedContent): Promise<void> {
    const { store, clock } = this.#ports;
    try {
      await store?.save(used, Math.floor(clock.nowMicros() / 1000));
    } catch (error) {
      this.#book.lastGoodFailed(errorCode(error), "The last good copy could not be written.");
    }
  }

  async #lastGood(failed: Generation | undefined): Promise<Generation | undefined> {
    const { store } = this.#ports;
    const read = (await store?.read()) ?? { kind: "missing" };
    if (read.kind === "unusable") this.#book.lastGoodFailed(read.code, read.message);
    if (read.kind !== "read") return undefined;
    const { watched, included } = read.lastGood;
    const files = [...watched, ...included];
    const fingerprint = fingerprintOf(files);
    // The same content would fail again.
    const isSame = failed !== undefined && fingerprintOf(watchedFiles(failed)) === fingerprintOf(watched);
    if (isSame && included.length === 0) return undefined;
    return { generation: 0, content: watched[0]?.content ?? Buffer.alloc(0), fingerprint, files };
  }
}

function isBlocked({ troubles }: WatchHealth): boolean {
  return troubles.some(({ code }) => !code.startsWith("PLB_WATCH_EVENTS_"));
}

function troublesOf({ troubles }: WatchHealth): string {
  return troubles.map(({ message, code }) => `${message} (${code})`).join(" ");
}
