import type { DiagLogger } from "@opentelemetry/api";
import { callIsolated, type Clock, errorCode } from "@plumbline/core";
import { redactedError, wordsOf } from "./describe-error.ts";
import { sdkError } from "./error-codes.ts";

/** Something that is started and closed. */
export interface Startable {
  /** Its place in the config. */
  readonly path: string;
  readonly start: () => void | Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** What starting needs of its host. */
export interface StartHost {
  readonly clock: Clock;
  /** Milliseconds that each may take. */
  readonly timeoutMs: number;
  readonly diagnostics: DiagLogger;
}

/**
 * Starts one after the other. When one fails, it and those before it are closed again, the last first, and those after it are
 * never touched. Rejects with `PLB_START_FAILED` or `PLB_START_TIMEOUT`, with the component in `details`.
 */
export async function startInOrder(parts: readonly Startable[], host: StartHost): Promise<void> {
  for (const [index, part] of parts.entries()) {
    try {
      await startOne(part, host);
    } catch (error) {
      for (const begun of parts.slice(0, index + 1).toReversed()) await closeOne(begun, host);
      throw error;
    }
  }
}

/** Closes one; what it does wrong is told, and keeps nothing up. */
export async function closeOne(
  { path, close }: Omit<Startable, "start">,
  { clock, timeoutMs, diagnostics }: StartHost,
): Promise<void> {
  const closed = await callIsolated(clock, timeoutMs, close);
  if (closed.kind === "returned") return;
  const code = closed.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(closed.error);
  diagnostics.error(`${path}: close failed (${code})`);
}

async function startOne({ path, start }: Startable, { clock, timeoutMs }: StartHost): Promise<void> {
  const started = await callIsolated(clock, timeoutMs, start);
  if (started.kind === "returned") return;
  if (started.kind === "timedOut") {
    throw sdkError("PLB_START_TIMEOUT", {
      message: `${path} did not start within ${timeoutMs} ms.`,
      details: { component: path, timeoutMs },
    });
  }
  const { error } = started;
  const reason = wordsOf(error);
  throw sdkError("PLB_START_FAILED", {
    message: `${path} could not be started: ${reason}`,
    details: { component: path, code: errorCode(error) },
    cause: redactedError(error),
  });
}
