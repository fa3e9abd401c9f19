import { errorCode, type PlumblineError } from "@plumbline/core";
import { watchError } from "../watch-error.ts";

/** Tells a target to load its config anew. For the `apply` of a reloader: `apply: (config, { signal }) => trigger.fire(signal)`. */
export interface Trigger {
  /** The label `method` in metrics. */
  readonly method: "function" | "http" | "signal" | "command";
  /**
   * Tells the target, and resolves when it has confirmed, as far as the way of telling lets it. Rejects with `PLB_WATCH_TRIGGER_FAILED`, with `PLB_WATCH_REJECTED` where
   * the target says that the config is bad, or, as soon as the signal aborts, with its reason: the target may have been told then, or not.
   * An error of the first code has the detail `isAnswered` when the target was told and has not taken the config, whatever its reason.
   */
  fire(signal: AbortSignal): Promise<void>;
}

/** `PLB_WATCH_TRIGGER_FAILED` with what happened; a message never holds a header, a body or a password. */
export function triggerFailed(
  message: string,
  cause?: unknown,
  details: Readonly<Record<string, unknown>> = {},
): PlumblineError {
  const code = cause === undefined ? "" : ` (${errorCode(cause)})`;
  return watchError("PLB_WATCH_TRIGGER_FAILED", { message: `${message}${code}.`, cause, details });
}

/** The function of this process that puts a config in force, as a trigger. What it rejects with is passed on. */
export function createFunctionTrigger(call: (signal: AbortSignal) => void | PromiseLike<void>): Trigger {
  return {
    method: "function",
    async fire(signal): Promise<void> {
      signal.throwIfAborted();
      await call(signal);
    },
  };
}
