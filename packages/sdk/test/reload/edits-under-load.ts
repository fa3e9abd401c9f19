import { expect } from "vitest";
import type { SystemReport } from "../../src/index.ts";
import type { Running } from "./world.ts";

/** An edit of the config; one that is bad is refused, and leaves what was in force. */
export interface Edit {
  readonly yaml: string;
  readonly isBad: boolean;
}

/** Makes the edits one after the other while events are emitted without a pause. Gives the report when all is settled, and closes the service. */
export async function editUnderLoad(
  { telemetry, edit }: Running,
  edits: readonly Edit[],
  emit: () => void,
  random: () => number,
): Promise<SystemReport> {
  const end = new AbortController();
  const load = (async () => {
    while (!end.signal.aborted) {
      for (let rest = 1 + Math.floor(random() * 12); rest > 0; rest--) emit();
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
