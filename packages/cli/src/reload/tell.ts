import {
  createCommandTrigger,
  createFunctionTrigger,
  createHttpTrigger,
  createSignalTrigger,
  type Trigger,
} from "@plumbline/watch";
import type { Clock } from "@plumbline/core";
import type { TellOptions } from "./sidecar-options.ts";

/** The trigger, and what the target said to the last request. */
export interface Teller {
  readonly trigger: Trigger;
  /** The name of the way of telling, for the label `method`. */
  readonly method: string;
  /** The body of the target's last answer; empty where its way of telling has none. */
  readonly said: () => string;
}

/** Throws `PLB_WATCH_OPTION_INVALID`. */
export function createTeller(options: TellOptions, clock: Clock): Teller {
  if (options.kind === "http") {
    let body = "";
    const trigger = createHttpTrigger({
      ...options.http,
      clock,
      onAnswer: (answer) => {
        body = answer.body;
      },
    });
    return { trigger, method: trigger.method, said: () => body };
  }
  const trigger = createSilentTrigger(options, clock);
  return { trigger, method: options.kind === "none" ? "none" : trigger.method, said: () => "" };
}

function createSilentTrigger(options: Exclude<TellOptions, { readonly kind: "http" }>, clock: Clock): Trigger {
  if (options.kind === "none") return createFunctionTrigger(() => undefined);
  if (options.kind === "signal") return createSignalTrigger({ target: options.target, signal: options.signal });
  const [command = "", ...args] = options.command;
  const { refusedExitCodes, timeoutMs } = options;
  return createCommandTrigger({ command, args, rejectedExitCodes: refusedExitCodes, timeoutMs, clock });
}
