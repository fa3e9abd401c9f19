import type { DiagLogger } from "@opentelemetry/api";
import type { Clock, Pipeline } from "@plumbline/core";
import type { Assembly } from "./assembly.ts";
import { closeJournal } from "./close-journal.ts";
import { closeService } from "./journaled/journaled-sink.ts";
import { closeOne } from "./start-in-order.ts";

/** How long a service may take beyond the deadline, in milliseconds; a journaled sink gives its own sink a second. */
const SERVICE_GRACE_MS = 2000;

/** What closing works with. */
export interface ClosePartsHost {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly remainingMs: () => number;
}

/** Closes everything of an assembly by a deadline, in the order in which events go through it. Never rejects. */
export async function closeParts(
  { journal, sources, processors, services }: Assembly,
  pipeline: Pick<Pipeline, "close">,
  { clock, diagnostics, remainingMs }: ClosePartsHost,
): Promise<void> {
  const host = { clock, diagnostics };
  const closes = sources.map(({ path, instance }) =>
    closeOne({ path, close: () => instance.close() }, { ...host, timeoutMs: remainingMs() }),
  );
  await Promise.all(closes);
  for (const { abort } of sources) abort.abort();
  await pipeline.close({ timeoutMs: remainingMs() });
  for (const { abort } of processors) abort.abort();
  // Whoever hands the journal's lines on has seen the last of them by now.
  const ends = services.map(async ({ path, instance, abort }) => {
    const close = (): void | Promise<void> => closeService(instance, remainingMs());
    await closeOne({ path, close }, { ...host, timeoutMs: remainingMs() + SERVICE_GRACE_MS });
    abort.abort();
  });
  await Promise.all(ends);
  if (journal !== undefined) await closeJournal(journal, { ...host, timeoutMs: remainingMs() });
}
