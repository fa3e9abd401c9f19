import { callIsolated, type Clock, errorCode } from "@plumbline/core";
import type { Assembly } from "./assembly.ts";
import { JOURNAL_NAME } from "./config/config.ts";
import { JournaledSink } from "./journaled/journaled-sink.ts";
import { sdkError } from "./error-codes.ts";

const ROTATE_TIMEOUT_MS = 30_000;

/**
 * Has the journal and every sink with a file of its own begin a new one, all at once. Rejects with `PLB_ROTATE_INCOMPLETE` when
 * all have tried.
 */
export async function rotateFiles(
  { journal, sinks, services }: Pick<Assembly, "journal" | "sinks" | "services">,
  clock: Clock,
): Promise<void> {
  const journaled = services.flatMap(({ name, instance }) =>
    instance instanceof JournaledSink ? [{ name, instance }] : [],
  );
  const files = [
    ...(journal === undefined ? [] : [{ name: JOURNAL_NAME, instance: journal }]),
    ...[...sinks, ...journaled].filter(({ instance }) => instance.rotate !== undefined),
  ];
  const outcomes = await Promise.all(
    files.map(async ({ name, instance }): Promise<readonly (readonly [string, string])[]> => {
      const outcome = await callIsolated(clock, ROTATE_TIMEOUT_MS, () => instance.rotate?.());
      if (outcome.kind === "returned") return [];
      return [[name, outcome.kind === "timedOut" ? "PLB_PLUGIN_TIMEOUT" : errorCode(outcome.error)]];
    }),
  );
  const failed = outcomes.flat();
  if (failed.length === 0) return;
  throw sdkError("PLB_ROTATE_INCOMPLETE", {
    message: `You asked for new files, and these go on in the old one: ${failed.map((each) => each.join(" ")).join(", ")}.`,
    details: { outputs: Object.fromEntries(failed) },
  });
}
