import type { Clock } from "@plumbline/core";
import {
  createReloader,
  type Reloader,
  type ReloadEvent,
  type ReloadOutcome,
  type WatchOptions,
} from "@plumbline/watch";
import { judgeHealth, type SidecarHealth } from "./health.ts";
import { Masking } from "./masking.ts";
import { formatMetrics } from "./metrics.ts";
import { OutputPublisher } from "./publish.ts";
import { refuseUnset, render, type Rendered } from "./render.ts";
import type { SidecarOptions } from "./sidecar-options.ts";
import { Target } from "./target.ts";
import { createTeller } from "./tell.ts";
import { Validation } from "./validation.ts";

/** Telling the target, going back, and telling it of that, with what writing takes. */
const TELLS_PER_APPLY = 2;
const WRITING_MS = 10_000;
/** What a generation may wait for while the files go on changing; at least a few of the delays. */
const MAX_DELAY = { ms: 900, delays: 4 };

/** What the sidecar stands on; tests give their own. */
export interface SidecarPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly diagnostics: NonNullable<WatchOptions["diagnostics"]>;
  readonly onEvent: (event: SidecarEvent) => void;
  /** Numbers in [0, 1) for the jitter of retries. */
  readonly random?: () => number;
  readonly hints?: "events" | "none";
}

/** What happens in a sidecar. */
export type SidecarEvent =
  | ReloadEvent
  /** The outputs went back to the last good ones; `control`: whether the target, told again, took those. */
  | { readonly kind: "rolledBack"; readonly control: "taken" | "failed" | "none" }
  | { readonly kind: "unset"; readonly names: readonly string[] };

/** Keeps outputs and a target at what the inputs say. */
export class Sidecar {
  readonly #reloader: Reloader<Rendered>;
  readonly #target: Target;
  /** Variables that the last content named and that are not set. */
  #unset = 0;

  /** Throws `PLB_WATCH_OPTION_INVALID`. */
  constructor(options: SidecarOptions, ports: SidecarPorts) {
    const { env, clock, diagnostics, onEvent, random, hints } = ports;
    const masking = new Masking();
    const validation = new Validation(options, masking);
    const teller = createTeller(options.tell, clock);
    this.#target = new Target({
      publisher: new OutputPublisher(options.outputMode),
      teller,
      masking,
      maxRefusals: options.maxRefusals,
      onRollback: (control) => onEvent({ kind: "rolledBack", control }),
    });
    this.#reloader = createReloader<Rendered>({
      ...watchOptions(options),
      ...(hints === undefined ? {} : { hints }),
      ...(random === undefined ? {} : { random }),
      ...(options.lastGoodPath === undefined ? {} : { lastGood: { path: options.lastGoodPath } }),
      clock,
      diagnostics,
      env,
      onEvent,
      method: teller.method,
      metrics: false,
      whenNothingIsGood: "wait",
      loadTimeoutMs: options.validateTimeoutMs,
      applyTimeoutMs: TELLS_PER_APPLY * options.reloadTimeoutMs + WRITING_MS,
      retry: { initialMs: options.retryMs, maxMs: options.maxRetryMs },
      load: async (generation, context) => {
        const rendered = await render(options, generation, (name) => context.variable(name));
        masking.hide(rendered.values);
        this.#unset = rendered.unset.length;
        if (!options.toleratesUnset) refuseUnset(rendered);
        else if (this.#unset > 0) onEvent({ kind: "unset", names: rendered.unset });
        return rendered;
      },
      validate: (rendered, { signal }) => validation.check(rendered, signal),
      apply: (rendered, context) => this.#target.apply(rendered, context),
    });
  }

  /** Watches, and resolves when the first content was tried once. Rejects with `PLB_WATCH_CLOSED`. */
  start(): Promise<ReloadOutcome> {
    return this.#reloader.start();
  }

  /** Looks at once, and resolves when what stands there is in force or was tried once. Rejects with `PLB_WATCH_CLOSED`. */
  reload(): Promise<ReloadOutcome> {
    return this.#reloader.reload();
  }

  /** Looks at every file now, and says how things stand. */
  async health(): Promise<SidecarHealth> {
    return judgeHealth(await this.#reloader.health());
  }

  /** Prometheus' text. */
  metrics(): string {
    return formatMetrics(this.#reloader.report(), { unset: this.#unset, rollbacks: this.#target.rollbacks });
  }

  /** Gives up what is under way, and ends the watch. Safe to repeat. */
  close(): Promise<void> {
    return this.#reloader.close();
  }
}

function watchOptions(options: SidecarOptions): WatchOptions {
  const { configFile, directories, watchedDirectories, delayMs, watchIntervalMs } = options;
  return {
    files: configFile === undefined ? [] : [configFile.input],
    directories: [...new Set([...directories.map(({ input }) => input), ...watchedDirectories])],
    settleMs: delayMs,
    maxSettleMs: Math.max(MAX_DELAY.ms, MAX_DELAY.delays * delayMs),
    reconcileIntervalMs: watchIntervalMs,
  };
}
