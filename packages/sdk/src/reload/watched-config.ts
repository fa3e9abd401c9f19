import type { DiagLogger } from "@opentelemetry/api";
import { errorCode, PlumblineError } from "@plumbline/core";
import {
  createReloader,
  type LoadContext,
  rejectedByTarget,
  type Reloader,
  type ReloadEvent,
  type ReloadOutcome,
} from "@plumbline/watch";
import type { ConfigReader } from "../config-reader.ts";
import { sdkError } from "../error-codes.ts";
import type { SystemPlan } from "../system-plan.ts";
import type { ReloadResult } from "./reloads.ts";

/** What watching a config file needs. */
export interface WatchedConfigOptions {
  /** Absolute. */
  readonly file: string;
  readonly lastGood: string;
  readonly reader: ConfigReader;
  readonly diagnostics: DiagLogger;
  readonly watch: SystemPlan["config"]["watch"];
  /** Puts a plan in force. */
  readonly apply: (plan: SystemPlan, source: "files" | "lastGood") => Promise<ReloadResult | undefined>;
  /** Told what is refused before there is a plan. */
  readonly reject: (error: unknown) => void;
}

/** The config file of a running service, watched: each content that settles is put in force, or refused and told of. */
export class WatchedConfig {
  readonly #o: WatchedConfigOptions;
  readonly #reloader: Reloader<SystemPlan>;
  #last: ReloadResult | undefined;
  #error: unknown;

  constructor(options: WatchedConfigOptions) {
    this.#o = options;
    const { file, lastGood, reader, diagnostics, watch } = options;
    this.#reloader = createReloader({
      files: [file],
      lastGood: { path: lastGood },
      settleMs: watch.settleMs,
      reconcileIntervalMs: watch.intervalMs,
      maxSettleMs: Math.max(1000, watch.settleMs),
      env: reader.options.env,
      clock: reader.options.clock,
      diagnostics,
      load: ({ content }, context) =>
        this.#refuse(() => reader.plan({ path: file, bytes: content, env: recordingEnv(context) })),
      apply: async (plan, { source }) => {
        this.#last = await this.#attempt(() => this.#o.apply(plan, source));
      },
      onEvent: (event) => this.#hear(event),
    });
  }

  /**
   * Begins to watch, and puts what stands there in force; where that is refused, the last good copy. Rejects with `PLB_WATCH_NOTHING_GOOD` where there
   * is none.
   */
  async start(): Promise<void> {
    await this.#reloader.start();
  }

  /** Looks at the file at once. Rejects with what it is refused for. */
  async reload(): Promise<ReloadResult | undefined> {
    this.#last = undefined;
    this.#error = undefined;
    const outcome = await this.#reloader.reload({ force: true });
    if (outcome.kind === "applied" || outcome.kind === "unchanged") return this.#last;
    throw this.#error ?? whyNot(outcome);
  }

  async close(): Promise<void> {
    await this.#reloader.close();
  }

  async #refuse(load: () => Promise<SystemPlan>): Promise<SystemPlan> {
    try {
      return await load();
    } catch (error) {
      this.#error = error;
      this.#o.reject(error);
      throw error;
    }
  }

  /** What a system refuses it would refuse again: it is not tried again until the content changes, or it is asked for. */
  async #attempt<Value>(apply: () => Promise<Value>): Promise<Value> {
    try {
      return await apply();
    } catch (error) {
      this.#error = error;
      const message = PlumblineError.isInstance(error) ? error.message : errorCode(error);
      throw rejectedByTarget(message, { cause: error });
    }
  }

  /** What the watch is troubled by it says itself. */
  #hear(event: ReloadEvent): void {
    if (event.kind === "lastGoodFailed") {
      this.#o.diagnostics.warn(
        `The copy of the last good config could not be kept or read: ${event.message} (${event.code})`,
      );
    }
  }
}

function whyNot(outcome: ReloadOutcome): unknown {
  if (outcome.kind === "failed") return outcome.failure.error;
  const reason = outcome.kind === "nothing" ? outcome.health.troubles[0]?.message : undefined;
  return sdkError("PLB_RELOAD_FAILED", { message: `There is no whole config file to reload. ${reason ?? ""}`.trim() });
}

/** An environment that makes each variable that is looked up part of the content's fingerprint. */
function recordingEnv(context: Pick<LoadContext, "variable">): Readonly<Record<string, string | undefined>> {
  const lookUp = (name: string | symbol): string | undefined =>
    typeof name === "string" ? context.variable(name) : undefined;
  return new Proxy<Record<string, string | undefined>>(Object.create(null) as Record<string, string | undefined>, {
    get: (_target, name) => lookUp(name),
    getOwnPropertyDescriptor(_target, name) {
      const value = lookUp(name);
      return value === undefined ? undefined : { value, configurable: true, enumerable: true, writable: false };
    },
  });
}
