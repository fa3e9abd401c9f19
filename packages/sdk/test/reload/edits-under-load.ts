import { expect } from "vitest";
import type { SystemReport } from "../../src/index.ts";
import type { Running } from "./world.ts";

/** An edit of the config; one that is bad is refused, and leaves what was in force. */
export interface Edit {
  readonly yaml: string;
  readonly isBad: boolean;
}

/** A disk that is slow is no reason to drop: nobody here emits past what the queues hold. */
const [LOOK_EVERY, MAX_QUEUED] = [256, 10_000];

/** Makes the edits one after the other while events are emitted without a pause. Gives the report when all is settled, and closes the service. */
export async function editUnderLoad(
  { telemetry, edit }: Running,
  edits: readonly Edit[],
  emit: () => void,
  random: () => number,
): Promise<SystemReport> {
  const end = new AbortController();
  const isBehind = (): boolean => telemetry.report().outputs.some(({ queued }) => queued > MAX_QUEUED);
  const load = (async () => {
    for (let unlooked = 0; !end.signal.aborted;) {
      const count = 1 + Math.floor(random() * 12);
      for (let rest = count; rest > 0; rest--) emit();
      unlooked += count;
      if (unlooked >= LOOK_EVERY) {
        unlooked = 0;
        while (isBehind() && !end.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await (random() < 0.5 ? new Promise((resolve) => setTimeout(resolve, 1)) : new Promise(setImmediate));
    }
  })();
  for (const { yaml, isBad } of edits) {
    const edited = edit(yaml);
    if (isBad) await expect(edited).rejects.toMatchObject({ code: "PLB_START_FAILED" });
    else await edited;
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 10));
  }
  end.abort();
  await load;
  await telemetry.flush();
  // What a flush has waited for may have emitted in its turn.
  await telemetry.flush();
  const report = telemetry.report();
  await telemetry.close();
  return report;
}
