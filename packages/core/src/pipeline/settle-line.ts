import type { Durability } from "../durability.ts";
import { coreError } from "../error-codes.ts";
import type { Journal } from "../journal.ts";
import type { JournalLine } from "../line-record.ts";
import type { Output } from "./output.ts";

/** An output, or the pipeline itself, that dropped an event, and why. */
interface Drop {
  readonly output: string;
  readonly reason: string;
}

/** `PLB_EVENT_DROPPED`, with who dropped it. */
export function eventDropped(drops: readonly Drop[]): Error {
  const named = drops.map(({ output, reason }) => `${output} (${reason})`).join(", ");
  return coreError("PLB_EVENT_DROPPED", { message: `The event was dropped by ${named}.`, details: { drops } });
}

/** Offers a line to all; resolves when every one has settled it, rejects with `PLB_EVENT_DROPPED` when any dropped it. */
export async function whenSettled(outputs: readonly Output[], line: JournalLine): Promise<undefined> {
  const drops = await Promise.all(outputs.map((output) => settle(output, line)));
  const dropped = drops.filter((drop) => drop !== undefined);
  if (dropped.length > 0) throw eventDropped(dropped);
  return undefined;
}

/** Offers a line and resolves when the output has settled it. */
function settle(output: Output, line: JournalLine): Promise<Drop | undefined> {
  return new Promise((resolve) => {
    void output.offerAndWait(line, (reason) => {
      resolve(reason === undefined ? undefined : { output: output.name, reason });
    });
  });
}

/** A journal that throws is one that rejects. */
export function appendTo(journal: Journal, line: JournalLine, durability: Durability | undefined): Promise<string> {
  try {
    return journal.appendAsync(line, durability);
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** With the id, when every output has room for the line as well. */
export async function whenAdmitted(
  written: Promise<string>,
  outputs: readonly Output[],
  line: JournalLine,
): Promise<string> {
  const [id] = await Promise.all([written, ...outputs.map((output) => output.offerAndWait(line, undefined))]);
  return id;
}
