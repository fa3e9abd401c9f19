import type { Clock } from "../clock.ts";
import type { Durability } from "../durability.ts";
import { errorCode } from "../errors.ts";
import { callIsolated, type Outcome } from "../plugin/isolate.ts";
import type { Sink } from "../plugin/sink.ts";
import type { EmitGuard } from "./emit-guard.ts";
import type { FailureReporter } from "./failure-reporter.ts";

/** What a call into a sink is made with. */
export interface SinkCallHost {
  readonly clock: Clock;
  readonly guard: EmitGuard;
  readonly failures: FailureReporter;
}

/** How long a plugin's `close` is waited for when the deadline has passed already, in milliseconds. */
export const CLOSE_GRACE_MS = 1000;

/** Has a sink flush; gives the code of what kept it, which is reported. Never rejects. */
export async function flushSink(
  sink: Sink,
  durability: Durability | undefined,
  timeoutMs: number,
  host: SinkCallHost,
): Promise<string | undefined> {
  const options = durability === undefined ? {} : { durability };
  const flushed = await callIsolated(host.clock, timeoutMs, () => host.guard.call(() => sink.flush?.(options)));
  return report(flushed, "flush failed", host);
}

/** Has a sink close; gives the code of what kept it, which is reported. Never rejects. */
export async function closeSink(sink: Sink, timeoutMs: number, host: SinkCallHost): Promise<string | undefined> {
  const deadlineMs = Math.max(CLOSE_GRACE_MS, timeoutMs);
  const closed = await callIsolated(host.clock, deadlineMs, () => host.guard.call(() => sink.close()));
  return report(closed, "close failed", host);
}

function report(outcome: Outcome<unknown>, what: string, { failures }: SinkCallHost): string | undefined {
  if (outcome.kind === "returned") return undefined;
  const code = outcome.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(outcome.error);
  failures.report(code, what, outcome.kind === "threw" ? outcome.error : undefined);
  return code;
}
