import { PlumblineError, RetryableError, type StagedDelivery } from "@plumbline/core";

/**
 * A refusal, of what was let in before: credentials that have expired or cannot be had just now, a policy that was changed. It is no single file's, and may pass: a
 * `RetryableError` with the refusal's code. Any other error as it is.
 */
export function toTrouble(error: unknown): unknown {
  if (!PlumblineError.isInstance(error) || error.code !== "PLB_S3_REFUSED") return error;
  return Object.assign(new RetryableError(error.message, { cause: error }), { code: error.code });
}

/** What a step resolves with; its refusals as troubles. */
export async function told<Value>(step: Promise<Value>): Promise<Value> {
  try {
    return await step;
  } catch (error) {
    throw toTrouble(error);
  }
}

/** The same delivery, whose refusals are troubles of the destination. */
export function tellingTrouble(staged: StagedDelivery): StagedDelivery {
  return {
    ref: staged.ref,
    write: (chunk) => told(staged.write(chunk)),
    verify: (expected) => told(staged.verify(expected)),
    publish: (manifest) => told(staged.publish(manifest)),
    abort: () => staged.abort(),
  };
}
