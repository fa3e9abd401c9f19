import type { StagedDelivery } from "@plumbline/core";

/** The same delivery, whose errors tell whether the place is in trouble or the file: `toTrouble` gives what an error is rejected as. */
export function tellingTrouble(staged: StagedDelivery, toTrouble: (error: unknown) => unknown): StagedDelivery {
  const digest = staged.digest?.bind(staged);
  return {
    ref: staged.ref,
    ...(digest === undefined ? {} : { digest: () => told(digest(), toTrouble) }),
    write: (chunk) => told(staged.write(chunk), toTrouble),
    verify: (expected) => told(staged.verify(expected), toTrouble),
    publish: (manifest) => told(staged.publish(manifest), toTrouble),
    abort: () => staged.abort(),
  };
}

/** What a step resolves with; what it rejects with, as `toTrouble` gives it. */
export async function told<Value>(step: Promise<Value>, toTrouble: (error: unknown) => unknown): Promise<Value> {
  try {
    return await step;
  } catch (error) {
    throw toTrouble(error);
  }
}
