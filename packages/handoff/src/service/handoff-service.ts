import { join, resolve } from "node:path";
import {
  type ClockTimer,
  definePlugin,
  errorCode,
  type Plugin,
  type PluginContext,
  type Service,
} from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { PICKUP_DEFAULTS } from "../pickup/pickup-options.ts";
import { sweepArchive } from "../pickup/settle-source.ts";
import type { HandoffEvent } from "../upload/handoff-event.ts";
import { createUploader, type Uploader } from "../upload/uploader.ts";
import { type HandoffOptions, handoffOptionsSchema } from "./handoff-options.ts";
import { loadDestination } from "./load-destination.ts";
import { loadPickup } from "./load-pickup.ts";

const SWEEP_EVERY_MS = 3_600_000;

/** `use: "@plumbline/handoff"`: a long-running part that hands files on. */
export const handoff: Plugin<"service", HandoffOptions> = definePlugin({
  id: "@plumbline/handoff",
  kind: "service",
  apiVersion: 1,
  options: handoffOptionsSchema,
  create: (options, context) => new HandoffService(options, context),
});

/** The same, with a listener for what happens to each file, and one that is told when the hand-off has ended by a failure. */
export function createHandoffService(
  options: HandoffOptions,
  context: PluginContext,
  onEvent?: (event: HandoffEvent) => void,
  onFailure?: (error: unknown) => void,
): Service {
  return new HandoffService(options, context, onEvent, onFailure);
}

class HandoffService implements Service {
  readonly #options: HandoffOptions;
  readonly #context: PluginContext;
  readonly #onEvent: ((event: HandoffEvent) => void) | undefined;
  readonly #onFailure: ((error: unknown) => void) | undefined;
  readonly #stop = new AbortController();
  #uploader: Uploader | undefined;
  #run: Promise<void> = Promise.resolve();
  #sweep: ClockTimer | undefined;
  #failure: string | undefined;

  constructor(
    options: HandoffOptions,
    context: PluginContext,
    onEvent?: (event: HandoffEvent) => void,
    onFailure?: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#context = context;
    this.#onEvent = onEvent;
    this.#onFailure = onFailure;
  }

  /** The uploader's lock is on its state folder; this tells a reload so. */
  get exclusive(): readonly string[] {
    const { state } = this.#options;
    return state === undefined
      ? [`handoff:${this.#context.name}`]
      : [`handoff:${resolve(this.#context.baseDir, state)}`];
  }

  async start(): Promise<void> {
    const { overwrite, concurrency, bandwidth, attempts } = this.#options;
    const { clock, diagnostics } = this.#context;
    const uploader = createUploader({
      pickup: await loadPickup(this.#options, this.#context),
      destination: await loadDestination(this.#options.to, this.#context),
      stateDirectory: this.#stateDirectory(),
      clock,
      overwrite,
      concurrency,
      attempts,
      ...(bandwidth === undefined ? {} : { bytesPerSecond: bandwidth }),
      onEvent: (event) => {
        if (event.kind === "aside") diagnostics.error(event.message);
        this.#onEvent?.(event);
      },
    });
    this.#uploader = uploader;
    try {
      await uploader.start();
    } catch (error) {
      await uploader.close();
      throw error;
    }
    this.#run = uploader.run(this.#stop.signal).catch((error: unknown) => {
      this.#failure = errorCode(error);
      diagnostics.error(`The hand-off ${this.#context.name} has ended: ${errorCode(error)}.`);
      this.#onFailure?.(error);
    });
    this.#sweepArchive();
  }

  status(): Readonly<Record<string, unknown>> {
    const counts = this.#uploader?.counts;
    return {
      ...counts,
      destination: this.#uploader?.isBroken === true ? "down" : "up",
      failure: this.#failure ?? null,
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#sweep?.cancel();
    await this.#run;
    await this.#uploader?.close();
    this.#uploader = undefined;
  }

  #stateDirectory(): string {
    const { state } = this.#options;
    const { baseDir, dataDir } = this.#context;
    if (state !== undefined) return resolve(baseDir, state);
    if (dataDir !== undefined) return join(dataDir, "handoff");
    throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", {
      message: "`state` must name a folder: the host keeps nothing on disk.",
    });
  }

  #sweepArchive(): void {
    const { after, archive, archiveFor, from } = this.#options;
    if (
      archiveFor === undefined ||
      after === "keep" ||
      after === "delete" ||
      typeof from !== "string" ||
      from === "journal"
    ) {
      return;
    }
    const { baseDir, clock, diagnostics } = this.#context;
    const folder = resolve(baseDir, archive ?? join(from, PICKUP_DEFAULTS.archive));
    const sweep = (): void => {
      this.#sweep = clock.setTimer(sweep, SWEEP_EVERY_MS);
      sweepArchive(folder, archiveFor, clock).catch((error: unknown) => {
        diagnostics.warn(`The archive ${folder} could not be swept: ${errorCode(error)}.`);
      });
    };
    sweep();
  }
}
