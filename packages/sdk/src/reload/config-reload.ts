import { rm, stat } from "node:fs/promises";
import type { DiagLogger } from "@opentelemetry/api";
import { errorCode } from "@plumbline/core";
import { isDeepStrictEqual } from "node:util";
import type { ConfigReader } from "../config-reader.ts";
import { formatOf } from "../config/read-file.ts";
import type { SystemPlan } from "../system-plan.ts";
import type { RunningSystem } from "../system.ts";
import type { ReloadHost } from "../telemetry.ts";
import { differingPlaces } from "./changes.ts";
import { lastGoodPath } from "./last-good-path.ts";
import type { ReloadResult } from "./reloads.ts";
import type { WatchedConfig } from "./watched-config.ts";

/** What starts a system from a plan, where none runs yet. */
export type StartFrom = (plan: SystemPlan, origin: "file" | "lastGood") => Promise<RunningSystem>;

/**
 * Where the reloads of a system come from: from whoever asks for one, and where the config says `watch: { self: true }` from its file as well. Begins
 * and ends the watch as the config in force says.
 */
export class ConfigReload implements ReloadHost {
  readonly #reader: ConfigReader;
  readonly #diagnostics: DiagLogger;
  #system: RunningSystem | undefined;
  #watched:
    | { readonly config: WatchedConfig; readonly settings: SystemPlan["config"]["watch"]; readonly lastGood: string }
    | undefined;
  #switching: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(reader: ConfigReader, diagnostics: DiagLogger) {
    this.#reader = reader;
    this.#diagnostics = diagnostics;
  }

  get isWatching(): boolean {
    return this.#watched !== undefined;
  }

  /** Takes a system that runs, and begins to watch its file where its config asks for that. */
  async attach(system: RunningSystem): Promise<void> {
    this.#system = system;
    // One that was started from the last good copy is watched already, as by default, until a good file says otherwise.
    if (this.#watched === undefined) await this.#follow();
  }

  /**
   * Starts a system from the copy of the last good config, since the file at hand was refused. `undefined` where there is no such copy, or it is refused
   * too.
   */
  async startFromLastGood(file: string, cause: unknown, startFrom: StartFrom): Promise<RunningSystem | undefined> {
    if (formatOf(file) === "module") return undefined;
    if (!(await isThere(await lastGoodPath(file, this.#reader.options.env)))) return undefined;
    const watch = { self: true, settleMs: 50, intervalMs: 1000 };
    const watched = await this.#watch(file, watch, startFrom);
    try {
      await watched.config.start();
    } catch (error) {
      this.#diagnostics.debug(`there is no good config to start from (${errorCode(error)})`);
    }
    const system = this.#system;
    if (system === undefined) {
      await watched.config.close();
      return undefined;
    }
    this.#watched = watched;
    system.reloads.startedFromLastGood(cause);
    return system;
  }

  async reload(): Promise<ReloadResult> {
    const system = this.#running();
    if (this.#watched !== undefined) {
      const result = await this.#watched.config.reload();
      if (result !== undefined) return result;
    }
    let plan: SystemPlan;
    try {
      plan = await this.#reader.plan();
    } catch (error) {
      throw system.reloads.rejected(error);
    }
    const result = await system.apply(plan, "file");
    await this.#follow();
    return result;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#switching;
    await this.#watched?.config.close();
    this.#watched = undefined;
  }

  /** Begins, ends or changes the watch as the config in force says. One after the other; never rejects. */
  #follow(): Promise<void> {
    this.#switching = this.#switching.then(async () => {
      try {
        await this.#switch();
      } catch (error) {
        this.#diagnostics.error(`the config file is not watched (${errorCode(error)})`);
      }
    });
    return this.#switching;
  }

  async #switch(): Promise<void> {
    if (this.#isClosed) return;
    const { plan } = this.#running();
    const { watch } = plan.config;
    const before = this.#watched;
    if (before !== undefined && isDeepStrictEqual(before.settings, watch)) return;
    if (before !== undefined) {
      this.#watched = undefined;
      await before.config.close();
      // A copy that nobody keeps up to date any more must not be what a restart begins with.
      if (!watch.self) await rm(before.lastGood, { force: true });
    }
    if (!watch.self) return;
    const file = plan.configFile;
    if (file === undefined || formatOf(file) === "module") {
      this.#diagnostics.warn("watch.self asks for a config file of YAML or JSON: there is none to watch.");
      return;
    }
    const watched = await this.#watch(file, watch, undefined);
    this.#watched = watched;
    await watched.config.start();
  }

  async #watch(
    file: string,
    settings: SystemPlan["config"]["watch"],
    startFrom: StartFrom | undefined,
  ): Promise<{
    readonly config: WatchedConfig;
    readonly settings: SystemPlan["config"]["watch"];
    readonly lastGood: string;
  }> {
    // Loaded where it is asked for: a service that watches nothing need not have it in memory.
    const module = await import("./watched-config.ts");
    const lastGood = await lastGoodPath(file, this.#reader.options.env);
    let isFirst = true;
    const config = new module.WatchedConfig({
      file,
      lastGood,
      reader: this.#reader,
      diagnostics: this.#diagnostics,
      watch: settings,
      reject: (error) => void this.#system?.reloads.rejected(error),
      apply: async (plan, source) => {
        const system = this.#system;
        if (system === undefined) {
          isFirst = false;
          if (startFrom !== undefined)
            this.#system = await startFrom(plan, source === "lastGood" ? "lastGood" : "file");
          return undefined;
        }
        // What runs is never older than the copy, and the content that the system was started with is no reload.
        if (source === "lastGood") return undefined;
        const isKnown = isFirst && differingPlaces(system.plan, plan).length === 0;
        isFirst = false;
        if (isKnown) return undefined;
        const result = await system.apply(plan, "file");
        // Not before this apply is over: the watch that runs it may be the one that ends.
        setImmediate(() => void this.#follow());
        return result;
      },
    });
    return { config, settings, lastGood };
  }

  #running(): RunningSystem {
    if (this.#system === undefined) throw new Error("no system was attached");
    return this.#system;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // not there, or not to be seen: then it cannot be read either
  }
}
