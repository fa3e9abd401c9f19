import { errorCode, RetryableError, type Clock } from "@plumbline/core";
import { resolve } from "node:path";
import type { Generation, WatchedFile } from "./generation.ts";
import type { ReloadStage } from "./reload-status.ts";
import type { ApplyContext, ConfigSource, LoadContext, ReloaderOptions } from "./reloader-options.ts";
import { watchedFiles, type ContentRegister, type UsedContent } from "./used-content.ts";
import { watchError } from "./watch-error.ts";

/** How an attempt to put a generation in force ended. */
export type AttemptResult<Config> =
  | { readonly kind: "applied"; readonly config: Config; readonly used: UsedContent }
  /** Its signal aborted, and nothing was put in force as far as `apply` says. */
  | { readonly kind: "cancelled"; readonly used: UsedContent }
  | {
      readonly kind: "failed";
      readonly stage: ReloadStage;
      readonly error: unknown;
      /** Whether another attempt would be the same. */
      readonly isFinal: boolean;
      readonly used: UsedContent;
    };

/** What an attempt is made with. */
export interface AttemptInput<Config> {
  readonly options: Pick<ReloaderOptions<Config>, "load" | "validate" | "apply">;
  readonly clock: Clock;
  readonly register: ContentRegister;
  readonly loadTimeoutMs: number;
  readonly applyTimeoutMs: number;
  readonly generation: Generation;
  readonly attempt: number;
  readonly source: ConfigSource;
  readonly inForce: Config | undefined;
  /** Aborts when the attempt is not wanted any more. */
  readonly cancel: AbortSignal;
  readonly include: (path: string) => Promise<WatchedFile>;
  readonly onStage: (stage: ReloadStage) => void;
  /** `apply` was told to give up at its timeout. */
  readonly onStuck: () => void;
}

/** Loads, validates and applies a generation once. Never rejects, and settles only when `apply` has. */
export async function attemptOnce<Config>(input: AttemptInput<Config>): Promise<AttemptResult<Config>> {
  const { generation, attempt, source, cancel, register, options } = input;
  const included = new Map<string, WatchedFile>();
  const variables = new Set<string>();
  const used = (): UsedContent => register.used(watchedFiles(generation), included, variables);
  let stage: ReloadStage = "load";
  const enter = (next: ReloadStage): void => {
    stage = next;
    input.onStage(next);
  };
  try {
    const limit = deadline(input.clock, input.loadTimeoutMs, cancel, "load");
    let config: Config;
    let made: UsedContent;
    try {
      const context: LoadContext = {
        signal: limit.signal,
        generation: generation.generation,
        attempt,
        source,
        async include(path) {
          const absolute = resolve(path);
          const file = generation.files.find((each) => each.path === absolute);
          const kept = file ?? (await input.include(absolute));
          included.set(absolute, kept);
          if (file !== undefined && source === "lastGood") await watchAnyway(input, absolute);
          return kept;
        },
        variable(name) {
          variables.add(name);
          return register.variable(name);
        },
      };
      enter("load");
      config = await unlessAborted(limit.signal, () => options.load(generation, context));
      // Before it is applied: what changes meanwhile is not what it was made of.
      made = used();
      enter("validate");
      if (options.validate !== undefined) {
        const { validate } = options;
        await unlessAborted(limit.signal, () => validate(config, context));
        made = used();
      }
    } finally {
      limit.end();
    }
    if (cancel.aborted) return { kind: "cancelled", used: used() };
    enter("apply");
    await apply(input, config);
    return { kind: "applied", config, used: made };
  } catch (error) {
    if (cancel.aborted) return { kind: "cancelled", used: used() };
    return { kind: "failed", stage, error, isFinal: isFinal(stage, error), used: used() };
  }
}

/** The copy has its own content of an included file, but what is on disk is to be heard of. */
async function watchAnyway<Config>({ include }: AttemptInput<Config>, path: string): Promise<void> {
  try {
    await include(path);
  } catch (error) {
    if (errorCode(error) === "PLB_WATCH_CLOSED") throw error;
    // Unreadable now: the next attempt of what is on disk says so.
  }
}

async function apply<Config>(input: AttemptInput<Config>, config: Config): Promise<void> {
  const { options, clock, applyTimeoutMs, cancel, generation, attempt, source, inForce, onStuck } = input;
  const limit = deadline(clock, applyTimeoutMs, cancel, "apply", onStuck);
  const context: ApplyContext<Config> = {
    signal: limit.signal,
    generation: generation.generation,
    attempt,
    source,
    inForce,
  };
  try {
    await options.apply(config, context);
  } catch (error) {
    // Whatever it threw on being told to give up, this is why.
    throw limit.timedOut() ?? error;
  } finally {
    limit.end();
  }
}

function isFinal(stage: ReloadStage, error: unknown): boolean {
  const code = errorCode(error);
  if (stage === "apply") return code === "PLB_WATCH_REJECTED";
  return !RetryableError.isInstance(error) && code !== "PLB_WATCH_TIMEOUT";
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly timedOut: () => Error | undefined;
  readonly end: () => void;
}

function deadline(
  clock: Clock,
  timeoutMs: number,
  cancel: AbortSignal,
  stage: ReloadStage,
  onTimeout?: () => void,
): Deadline {
  const controller = new AbortController();
  let timedOut: Error | undefined;
  const timer = clock.setTimer(() => {
    timedOut = watchError("PLB_WATCH_TIMEOUT", {
      message: `The ${stage} of a config did not end within ${timeoutMs} ms.`,
      details: { stage, timeoutMs },
    });
    controller.abort(timedOut);
    onTimeout?.();
  }, timeoutMs);
  const onCancel = (): void => controller.abort(cancel.reason);
  if (cancel.aborted) onCancel();
  else cancel.addEventListener("abort", onCancel, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    end(): void {
      timer.cancel();
      cancel.removeEventListener("abort", onCancel);
    },
  };
}

/** What the call gives, or the signal's reason as soon as it aborts; what comes of the call after that is dropped. */
function unlessAborted<Value>(signal: AbortSignal, call: () => Value | PromiseLike<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(toError(signal.reason));
    if (signal.aborted) {
      aborted();
      return;
    }
    signal.addEventListener("abort", aborted, { once: true });
    const end = (): void => signal.removeEventListener("abort", aborted);
    new Promise<Value>((settle) => settle(call())).then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(toError(error));
      },
    );
  });
}

/** As it is, if it is an error of any realm. */
function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
