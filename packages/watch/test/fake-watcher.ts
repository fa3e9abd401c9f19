import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { FakeClock } from "@plumbline/testing";
import { ConfigReloader } from "../src/config-reloader.ts";
import type { FileWatcher, Generation, ReloaderOptions, ReloadEvent, WatchedFile, WatchHealth } from "../src/index.ts";
import { fingerprintOf } from "../src/judgement.ts";
import { LastGoodStore } from "../src/last-good.ts";
import { toReloaderSettings } from "../src/reloader-settings.ts";

export const CONFIG_PATH: string = resolve("config.yaml");

export function fileOf(path: string, text: string | undefined, isIncluded = false): WatchedFile {
  const content = text === undefined ? undefined : Buffer.from(text);
  const sha256 = content === undefined ? undefined : createHash("sha256").update(content).digest("hex");
  return { path, directory: undefined, isIncluded, content, sha256 };
}

/** A watch of one file that a test edits. */
export class FakeWatcher implements FileWatcher {
  onGeneration: (generation: Generation) => void = () => undefined;
  current: Generation | undefined;
  isMissing = false;
  readonly included = new Map<string, string | undefined>();
  readonly onDisk = new Map<string, string>();

  edit(text: string): Generation {
    this.isMissing = false;
    const files = [
      fileOf(CONFIG_PATH, text),
      ...[...this.included].map(([path, content]) => fileOf(path, content, true)),
    ];
    const generation = (this.current?.generation ?? 0) + 1;
    this.current = { generation, content: Buffer.from(text), fingerprint: fingerprintOf(files), files };
    this.onGeneration(this.current);
    return this.current;
  }

  start = (): Promise<void> => Promise.resolve();
  check = (): Promise<Generation | undefined> => Promise.resolve(this.current);
  health = (): Promise<WatchHealth> => Promise.resolve(this.state());
  close = (): Promise<void> => Promise.resolve();
  [Symbol.asyncDispose] = (): Promise<void> => Promise.resolve();

  include = (path: string): Promise<WatchedFile> => {
    this.included.set(path, this.onDisk.get(path));
    return Promise.resolve(fileOf(path, this.onDisk.get(path), true));
  };

  retainIncluded = (paths: readonly string[]): void => {
    for (const path of this.included.keys()) if (!paths.includes(path)) this.included.delete(path);
  };

  state = (): WatchHealth => {
    const counts = { looks: 0, hints: 0, missedHints: 0, hintErrors: 0, reads: 0, tornReads: 0 };
    const missing = { code: "PLB_WATCH_MISSING", path: CONFIG_PATH, message: "It is not there." };
    return {
      status: this.isMissing ? "degraded" : "ok",
      mode: "events",
      troubles: this.isMissing ? [missing] : [],
      lastLookAgeMs: 0,
      counts: { ...counts, generations: 0, watches: 0 },
    };
  };
}

/** A reloader over a {@link FakeWatcher}, and what happened. */
export interface Scene<Config> {
  readonly watcher: FakeWatcher;
  readonly reloader: ConfigReloader<Config>;
  readonly events: ReloadEvent[];
  /** The kinds of what happened, with generations. */
  readonly told: () => string[];
}

export function setScene<Config>(
  clock: FakeClock,
  options: Omit<ReloaderOptions<Config>, "files" | "clock" | "metrics" | "onEvent">,
): Scene<Config> {
  const watcher = new FakeWatcher();
  const events: ReloadEvent[] = [];
  const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing };
  const full: ReloaderOptions<Config> = {
    files: [CONFIG_PATH],
    metrics: false,
    random: () => 1,
    ...options,
    clock,
    onEvent: (event) => events.push(event),
  };
  const reloader = new ConfigReloader<Config>(full, {
    clock,
    diagnostics: silent,
    settings: toReloaderSettings(full),
    store: full.lastGood === undefined ? undefined : new LastGoodStore(full.lastGood.path, full),
    watch(listeners) {
      watcher.onGeneration = listeners.onGeneration;
      return watcher;
    },
  });
  return { watcher, reloader, events, told: () => events.map(describeEvent) };
}

function describeEvent(event: ReloadEvent): string {
  switch (event.kind) {
    case "failed":
    case "rejected":
      return `${event.kind} ${event.failure.generation} ${event.failure.stage} ${event.failure.code}`;
    case "superseded":
      return `superseded ${event.generation} by ${event.by}`;
    case "startedFromLastGood":
    case "lastGoodFailed":
    case "health":
      return event.kind;
    default:
      return `${event.kind} ${event.generation}`;
  }
}

function nothing(): void {
  // Nobody reads it.
}
