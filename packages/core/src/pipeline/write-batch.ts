import type { Clock } from "../clock.ts";
import { coreError } from "../error-codes.ts";
import { errorCode, RetryableError } from "../errors.ts";
import type { EventLine } from "../event.ts";
import { callIsolated, type Settled } from "../plugin/isolate.ts";
import type { PartialRejection, Sink } from "../plugin/sink.ts";
import type { EmitGuard } from "./emit-guard.ts";

/** What became of a batch, once the sink has settled it. */
export type WriteResult =
  | { readonly kind: "delivered"; readonly rejected: number; readonly reason: string | undefined }
  | { readonly kind: "failed"; readonly code: string; readonly error: unknown }
  | {
      readonly kind: "retry";
      readonly code: string;
      readonly error: unknown;
      readonly afterMs: number | undefined;
    };

/** What became of a batch, as far as is known at its deadline. */
export type WriteOutcome =
  | WriteResult
  /** `late` resolves if the sink settles it after all; never rejects. */
  | { readonly kind: "timedOut"; readonly late: Promise<WriteResult> };

export interface WriteBatchOptions {
  readonly clock: Clock;
  readonly guard: EmitGuard;
  readonly timeoutMs: number;
  /** Aborted when the time is over; whoever aborts it before ends the waiting. */
  readonly deadline: AbortController;
}

/** The longest wait that a far side is believed, in milliseconds. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;

/** Hands a batch to a sink and reads its answer, whatever the sink does. Never rejects. */
export async function writeBatch(
  sink: Sink,
  lines: readonly EventLine[],
  { clock, guard, timeoutMs, deadline }: WriteBatchOptions,
): Promise<WriteOutcome> {
  const { signal } = deadline;
  // A copy: the sink may keep or change what it is given, and a retry must be of the same lines.
  const call = (): Promise<void | PartialRejection> => guard.call(() => sink.write([...lines], { signal }));
  const outcome = await callIsolated(clock, timeoutMs, call, signal);
  if (outcome.kind !== "timedOut") return readResult(outcome, lines.length);
  deadline.abort(coreError("PLB_SINK_TIMEOUT"));
  return { kind: "timedOut", late: outcome.late.then((settled) => readResult(settled, lines.length)) };
}

function readResult(settled: Settled<void | PartialRejection>, count: number): WriteResult {
  if (settled.kind === "threw") return readError(settled.error);
  if (settled.value === undefined || settled.value === null)
    return { kind: "delivered", rejected: 0, reason: undefined };
  try {
    const { rejected, reason } = settled.value as { readonly rejected?: unknown; readonly reason?: unknown };
    if (typeof rejected === "number" && Number.isInteger(rejected) && rejected >= 0 && rejected <= count) {
      return { kind: "delivered", rejected, reason: typeof reason === "string" ? reason : undefined };
    }
  } catch (cause) {
    return { kind: "failed", code: "PLB_SINK_RESULT_INVALID", error: coreError("PLB_SINK_RESULT_INVALID", { cause }) };
  }
  return { kind: "failed", code: "PLB_SINK_RESULT_INVALID", error: coreError("PLB_SINK_RESULT_INVALID") };
}

function readError(error: unknown): WriteResult {
  if (!isRetryable(error)) return { kind: "failed", code: errorCode(error), error };
  let afterMs: number | undefined;
  let code = "RetryableError";
  try {
    const asked: unknown = error.retryAfterMs;
    if (typeof asked === "number" && asked >= 0) afterMs = Math.min(asked, MAX_RETRY_AFTER_MS);
    if (error.cause !== undefined) code = errorCode(error.cause);
  } catch (cause) {
    return { kind: "retry", code, error: cause, afterMs };
  }
  return { kind: "retry", code, error, afterMs };
}

function isRetryable(error: unknown): error is RetryableError {
  try {
    return RetryableError.isInstance(error);
  } catch {
    return false; // a Proxy that throws at any touch
  }
}
