import { resolve } from "node:path";
import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, type Clock } from "@plumbline/core";
import { ContentCache } from "./content-cache.ts";
import { Emissions } from "./emissions.ts";
import type { FileSystem } from "./file-system.ts";
import type { FileWatcher, WatchFilesOptions } from "./watch-options.ts";
import type { Generation, WatchedFile } from "./generation.ts";
import { HealthBook } from "./health-book.ts";
import type { HintListener, HintSource } from "./hints.ts";
import { holdProcess } from "./hold-process.ts";
import { readIncluded } from "./include.ts";
import { findInterests } from "./interests.ts";
import { judge, trouble } from "./judgement.ts";
import { Bell, settle } from "./settle.ts";
import { hasRested, isSameSighting, sightAll, type Sighting } from "./sighting.ts";
import { Targets } from "./targets.ts";
import { watchError } from "./watch-error.ts";
import type { WatchHealth } from "./watch-health.ts";
import type { WatchSettings } from "./watch-settings.ts";

/** What a watch stands on; tests give their own. */
export interface WatchPorts {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly createHints: (listener: HintListener) => HintSource;
}

type State =
  | { readonly kind: "new" }
  | { readonly kind: "running"; readonly firstLook: Promise<void>; readonly end: Promise<void> }
  | { readonly kind: "closed"; readonly end: Promise<void> };

interface Waiter {
  readonly resolve: (generation: Generation | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads in a row that a file may spoil by changing. */
const MAX_TAKES = 20;
const TAKE_PAUSE_MS = 2;
/** Looks by the interval between two checks that the right directories are watched. */
const LOOKS_PER_FOLLOW = 10;
const HEALTH_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 2000;

/** The watch: one loop that looks when it is rung and when the interval is over; see {@link FileWatcher}. */
export class Watch implements FileWatcher {
  readonly #options: Pick<WatchFilesOptions, "onGeneration" | "onHealth">;
  readonly #settings: WatchSettings;
  readonly #ports: WatchPorts;
  readonly #targets: Targets;
  readonly #cache: ContentCache;
  readonly #bell: Bell;
  readonly #hints: HintSource;
  readonly #book: HealthBook;
  readonly #emissions: Emissions;
  #state: State = { kind: "new" };
  #waiters: Waiter[] = [];
  /** What the last look that was completed saw. */
  #known: Sighting | undefined;
  #looksSinceFollow = 0;
  #isUnsettled = false;

  constructor(options: WatchFilesOptions, settings: WatchSettings, ports: WatchPorts) {
    this.#options = options;
    this.#settings = settings;
    this.#ports = ports;
    const { clock, diagnostics, fileSystem } = ports;
    this.#targets = new Targets(options);
    this.#emissions = new Emissions(this.#targets.first);
    this.#cache = new ContentCache(fileSystem, clock, settings.maxFileBytes);
    this.#bell = new Bell(clock);
    this.#hints = ports.createHints({
      hint: () => {
        this.#book.hinted();
        this.#bell.ring();
      },
      failed: (directory, code) => this.#book.hintFailed(directory, code),
    });
    this.#book = new HealthBook({
      clock,
      diagnostics,
      settings,
      hints: this.#hints,
      reads: () => this.#cache.reads,
      onHealth: options.onHealth,
      isPollingWanted: options.hints === "none",
    });
  }

  get current(): Generation | undefined {
    return this.#emissions.current;
  }

  async start(): Promise<void> {
    if (this.#state.kind === "closed") throw watchError("PLB_WATCH_CLOSED");
    if (this.#state.kind === "new") {
      const firstLook = this.#begin();
      this.#state = { kind: "running", firstLook, end: firstLook.then(() => this.#run()) };
    }
    await holdProcess(this.#state.firstLook);
  }

  check(): Promise<Generation | undefined> {
    if (this.#state.kind !== "running") return Promise.reject(watchError("PLB_WATCH_CLOSED"));
    const looked = new Promise<Generation | undefined>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
    this.#bell.ring();
    return holdProcess(looked);
  }

  async include(path: string): Promise<WatchedFile> {
    if (this.#state.kind !== "running") throw watchError("PLB_WATCH_CLOSED");
    const absolute = resolve(path);
    const there = this.#emissions.heldFile(absolute);
    if (there !== undefined) return there;
    const file = await holdProcess(readIncluded(absolute, { ...this.#ports, ...this.#settings }));
    this.#targets.include(absolute);
    this.#emissions.hold(absolute, file.sha256);
    this.#bell.ring();
    return file;
  }

  retainIncluded(paths: readonly string[]): void {
    const kept = new Set(paths.map((path) => resolve(path)));
    for (const path of this.#targets.includedPaths) {
      if (kept.has(path)) continue;
      this.#targets.exclude(path);
      this.#emissions.release(path);
    }
  }

  state(): WatchHealth {
    return this.#book.health();
  }

  async health(): Promise<WatchHealth> {
    if (this.#state.kind !== "running") return this.#book.health();
    await new Promise<void>((done) => {
      const timer = this.#ports.clock.setTimer(() => {
        this.#book.stalled();
        done();
      }, HEALTH_TIMEOUT_MS);
      const end = (): void => {
        timer.cancel();
        done();
      };
      this.check().then(end, end);
    });
    return this.#book.health();
  }

  close(): Promise<void> {
    if (this.#state.kind !== "closed") {
      const end = this.#end(this.#state.kind === "running" ? this.#state.end : Promise.resolve());
      this.#state = { kind: "closed", end };
    }
    return this.#state.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A method, since it changes at every await. */
  #isClosed(): boolean {
    return this.#state.kind === "closed";
  }

  async #begin(): Promise<void> {
    this.#book.started();
    await this.#follow();
    await this.#look();
  }

  async #end(loop: Promise<void>): Promise<void> {
    this.#book.closed();
    this.#bell.release();
    for (const { reject } of this.#waiters.splice(0)) reject(watchError("PLB_WATCH_CLOSED"));
    await this.#hints.close();
    // A look that hangs in the file system cannot be ended.
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.setTimer(resolve, CLOSE_TIMEOUT_MS);
      void loop.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #run(): Promise<void> {
    let heard = 0;
    while (!this.#isClosed()) {
      const { reconcileIntervalMs, settleMs } = this.#settings;
      await this.#bell.wait(this.#isUnsettled ? settleMs : reconcileIntervalMs, heard);
      if (this.#isClosed()) return;
      const isRung = this.#bell.count > heard;
      heard = this.#bell.count;
      await this.#look(isRung ? "rung" : "interval");
    }
  }

  /** Never rejects. */
  async #look(cause: "first" | "rung" | "interval" = "first"): Promise<void> {
    const waiters = this.#waiters.splice(0);
    const look = this.#book.lookBegins();
    try {
      await this.#lookThrough(cause);
      if (!this.#isClosed()) look.completed();
    } catch (error) {
      this.#known = undefined;
      const message = `A look at the watched files failed: ${errorCode(error)}.`;
      look.blocked([trouble("PLB_WATCH_LOOK_FAILED", undefined, message)]);
    }
    for (const { resolve, reject } of waiters) {
      if (this.#isClosed()) reject(watchError("PLB_WATCH_CLOSED"));
      else resolve(this.#emissions.current);
    }
  }

  async #lookThrough(cause: "first" | "rung" | "interval"): Promise<void> {
    const { clock } = this.#ports;
    const { settleMs, maxSettleMs } = this.#settings;
    const deadlineMs = clock.monotonicMs() + maxSettleMs;
    const isOver = (): boolean => this.#isClosed();
    const hintsBefore = this.#book.hints;
    if (cause === "rung") await this.#bell.quiet(settleMs / 5, deadlineMs, isOver);
    const look = (): Promise<Sighting> => sightAll(this.#ports.fileSystem, this.#targets);
    let seen = await look();
    const isKnown = this.#known !== undefined && isSameSighting(this.#known, seen);
    if (isKnown && (await this.#cache.isAsRead(seen))) {
      this.#looksSinceFollow++;
      if (cause === "rung" || this.#looksSinceFollow >= LOOKS_PER_FOLLOW) await this.#follow();
      return;
    }
    const restMicros = clock.nowMicros() - settleMs * 1000;
    const options = { bell: this.#bell, clock, settleMs, look, isSame: isSameSighting, isOver };
    const rest = (from: Sighting): Promise<Sighting> => settle(options, from, deadlineMs);
    if (cause !== "first" || !hasRested(seen, restMicros)) seen = await rest(seen);
    if (isOver()) return;
    const isNews = cause !== "first" && !this.#isUnsettled;
    await this.#take(seen, rest);
    if (isNews && this.#book.changeFound(cause === "interval" && this.#book.hints === hintsBefore)) {
      this.#hints.renew();
    }
    await this.#follow();
  }

  /** Reads what was seen, until nothing changes from before the reading to after it. What has changed must come to rest again. */
  async #take(settled: Sighting, rest: (from: Sighting) => Promise<Sighting>): Promise<void> {
    let seen = settled;
    for (let takes = 0; takes < MAX_TAKES && !this.#isClosed(); takes++) {
      if (takes > 1) await this.#bell.wait(TAKE_PAUSE_MS, Number.POSITIVE_INFINITY);
      const version = this.#targets.version;
      const contents = await this.#cache.readAll(seen);
      const after = await sightAll(this.#ports.fileSystem, this.#targets);
      if (contents !== undefined && isSameSighting(seen, after) && this.#targets.version === version) {
        const judgement = await judge(this.#targets, seen, contents);
        // `parse` may have taken its time.
        if (this.#isClosed() || this.#targets.version !== version) continue;
        this.#known = seen;
        this.#isUnsettled = false;
        if (judgement.kind === "content") this.#emit(judgement.files);
        this.#book.judged(judgement.kind === "content" ? [] : judgement.troubles);
        return;
      }
      this.#book.torn();
      seen = await rest(after);
    }
    this.#known = undefined;
    this.#isUnsettled = true;
    this.#book.judged([trouble("PLB_WATCH_UNSETTLED", undefined, "The watched files change each time they are read.")]);
  }

  #emit(files: readonly WatchedFile[]): void {
    const generation = this.#emissions.next(files);
    if (generation === undefined) return;
    this.#book.emitted();
    try {
      this.#options.onGeneration(generation);
    } catch (error) {
      this.#ports.diagnostics.error(`plumbline: watch: onGeneration threw (${errorCode(error)})`);
    }
  }

  async #follow(): Promise<void> {
    this.#looksSinceFollow = 0;
    const interests = await findInterests(this.#ports.fileSystem, this.#targets, this.#known);
    // What was written between the look and the watch has nobody told of.
    if (!this.#isClosed() && (await this.#hints.follow(interests))) this.#bell.ring();
    this.#book.followed();
  }
}
