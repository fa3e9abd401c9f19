import { join, resolve } from "node:path";
import {
  type ClockTimer,
  createBackoff,
  definePlugin,
  errorCode,
  type Plugin,
  type PluginContext,
  RetryableError,
  type Service,
} from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { sweepArchive } from "../pickup/archive.ts";
import type { HandoffEvent } from "../upload/handoff-event.ts";
import { pause } from "../upload/throttle.ts";
import { createUploader } from "../upload/uploader.ts";
import type { Uploader } from "../upload/uploader-api.ts";
import { type HandoffOptions, handoffOptionsSchema } from "./handoff-options.ts";
import { loadDestination } from "./load-destination.ts";
import { archiveOf, loadPickup } from "./load-pickup.ts";

const SWEEP_EVERY_MS = 3_600_000;
/** How long a start waits for a far side that says nothing. */
const START_WAIT_MS = 5000;
/** How soon a hand-off that failed begins again, and how seldom at most. */
const AGAIN_MS = 1000;
const MAX_AGAIN_MS = 60_000;

/** `use: "@plumbline/handoff"`: a long-running part that hands files on. */
export const handoff: Plugin<"service", HandoffOptions> = definePlugin({
  id: "@plumbline/handoff",
  kind: "service",
  apiVersion: 1,
  options: handoffOptionsSchema,
  create: (options, context) => new HandoffService(options, context),
});

/** The same, with a listener for what happens to each file. */
export function createHandoffService(
  options: HandoffOptions,
  context: PluginContext,
  onEvent?: (event: HandoffEvent) => void,
): Service {
  return new HandoffService(options, context, onEvent);
}

class HandoffService implements Service {
  readonly #options: HandoffOptions;
  readonly #context: PluginContext;
  readonly #onEvent: ((event: HandoffEvent) => void) | undefined;
  readonly #stop = new AbortController();
  #uploader: Uploader | undefined;
  /** One whose start is not over. */
  #beginning: Uploader | undefined;
  #run: Promise<void> = Promise.resolve();
  #sweep: ClockTimer | undefined;
  #failure: string | undefined;

  constructor(options: HandoffOptions, context: PluginContext, onEvent?: (event: HandoffEvent) => void) {
    this.#options = options;
    this.#context = context;
    this.#onEvent = onEvent;
  }

  /** The uploader's lock is on its state folder; this tells a reload so. */
  get exclusive(): readonly string[] {
    const { state } = this.#options;
    return state === undefined
      ? [`handoff:${this.#context.name}`]
      : [`handoff:${resolve(this.#context.baseDir, state)}`];
  }

  /**
   * Rejects with what no other try mends: options, what the destination lacks, a state that another holds. A far side that is down, or says nothing for long, is
   * waited for while everything else runs.
   */
  async start(): Promise<void> {
    const { signal } = this.#stop;
    const first = this.#begin(signal);
    const waited = new AbortController();
    try {
      await Promise.race([first, pause(this.#context.clock, START_WAIT_MS, AbortSignal.any([signal, waited.signal]))]);
      signal.throwIfAborted();
    } catch (error) {
      if (signal.aborted || !RetryableError.isInstance(error)) throw error;
    } finally {
      waited.abort();
    }
    this.#run = this.#keepRunning(first, signal);
    if (!signal.aborted) this.#sweepArchive();
  }

  status(): Readonly<Record<string, unknown>> {
    const uploader = this.#uploader;
    if (uploader === undefined)
      return {
        destination: "unknown",
        heldUpBy: null,
        failure: this.#failure ?? "its destination has not answered yet",
      };
    const { counts, isBroken, heldUpBy = null } = uploader;
    return { ...counts, destination: isBroken ? "down" : "up", heldUpBy, failure: this.#failure ?? null };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#sweep?.cancel();
    // A far side that does not answer a start holds up no close.
    if (this.#beginning !== undefined) return this.#beginning.close();
    try {
      await this.#run;
    } finally {
      const uploader = this.#uploader;
      this.#uploader = undefined;
      await uploader?.close();
    }
  }

  /** An uploader that has started. Where that fails, or the service was closed meanwhile, nothing of it is left. */
  async #begin(signal: AbortSignal): Promise<Uploader> {
    const { overwrite, concurrency, bandwidth, attempts } = this.#options;
    const { clock, diagnostics, name } = this.#context;
    let isToldDown = false;
    const pickup = await loadPickup(this.#options, this.#context);
    const destination = await loadDestination(this.#options.to, this.#context);
    signal.throwIfAborted();
    const uploader = createUploader({
      pickup,
      destination,
      stateDirectory: this.#stateDirectory(),
      clock,
      overwrite,
      concurrency,
      attempts,
      ...(bandwidth === undefined ? {} : { bytesPerSecond: bandwidth }),
      onEvent: (event) => {
        if (event.kind === "aside") diagnostics.error(event.message);
        if (event.kind === "delivered") isToldDown = false;
        if (event.kind === "retry" && uploader.isBroken && !isToldDown) {
          isToldDown = true;
          diagnostics.warn(`The hand-off ${name} waits for its destination (${event.code}): ${event.message}`);
        }
        this.#onEvent?.(event);
      },
    });
    this.#beginning = uploader;
    try {
      await uploader.start();
      signal.throwIfAborted();
    } catch (error) {
      await closeQuietly(uploader); // the error that led here says more
      signal.throwIfAborted();
      throw error;
    } finally {
      this.#beginning = undefined;
    }
    this.#uploader = uploader;
    return uploader;
  }

  /** What ends the hand-off may pass: a full disk for the state, a folder that cannot be listed. It begins again, more and more seldom. */
  async #keepRunning(first: Promise<Uploader>, signal: AbortSignal): Promise<void> {
    const { clock, diagnostics, name } = this.#context;
    const backoff = createBackoff({ initialMs: AGAIN_MS, maxMs: MAX_AGAIN_MS });
    let beginning: Promise<Uploader> | undefined = first;
    while (!signal.aborted) {
      const sinceMs = clock.monotonicMs();
      let uploader: Uploader | undefined;
      try {
        uploader = await (beginning ?? this.#begin(signal));
        this.#failure = undefined;
        await uploader.run(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (clock.monotonicMs() - sinceMs > MAX_AGAIN_MS) backoff.reset(); // it ran well for long
        const delayMs = backoff.next();
        this.#failure = errorCode(RetryableError.isInstance(error) ? (error.cause ?? error) : error);
        diagnostics.error(`The hand-off ${name} has failed (${this.#failure}), and begins again in ${delayMs} ms.`);
        this.#uploader = undefined;
        if (uploader !== undefined) await closeQuietly(uploader);
        beginning = undefined;
        await pause(clock, delayMs, signal);
      }
    }
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
    const { archiveFor } = this.#options;
    const folder = archiveOf(this.#options, this.#context);
    if (archiveFor === undefined || folder === undefined) return;
    const { clock, diagnostics } = this.#context;
    const sweep = (): void => {
      this.#sweep = clock.setTimer(sweep, SWEEP_EVERY_MS);
      sweepArchive(folder, archiveFor, clock).catch((error: unknown) => {
        diagnostics.warn(`The archive ${folder} could not be swept: ${errorCode(error)}.`);
      });
    };
    sweep();
  }
}

async function closeQuietly(uploader: Uploader): Promise<void> {
  try {
    await uploader.close();
  } catch {
    // Its lock and journal are released whatever its pick-up or destination say.
  }
}
