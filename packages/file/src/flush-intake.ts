import type { Durability } from "@plumbline/core";
import type { LineIntake } from "./line-intake.ts";
import type { OpenFile } from "./open-file.ts";
import { orAbort } from "./or-abort.ts";

export interface FlushIntakeOptions {
  readonly durability: Exclude<Durability, "buffered">;
  readonly signal: AbortSignal | undefined;
  /** Waits through failed attempts until the signal aborts, instead of trying at once and rejecting with the first failure. */
  readonly isPatient: boolean;
}

/**
 * Resolves when everything that the intake holds now has reached the class. Rejects with the coded error of what keeps it,
 * or with `PLB_FILE_ABORTED`.
 */
export async function flushIntake(intake: LineIntake, file: OpenFile, options: FlushIntakeOptions): Promise<void> {
  const stopWaiting = new AbortController();
  try {
    await orAbort(reach(intake, file, options, stopWaiting.signal), options.signal);
  } finally {
    stopWaiting.abort();
  }
}

async function reach(
  intake: LineIntake,
  file: OpenFile,
  options: FlushIntakeOptions,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      const taken = intake.whenTaken(stop);
      intake.kick();
      if (!options.isPatient) file.retryNow();
      await taken;
      await file.whenWritten(intake.lastSeq);
      break;
    } catch (error) {
      if (!options.isPatient || stop.aborted) throw error;
    }
  }
  if (options.durability !== "fsynced") return;
  file.sealNow();
  await file.whenSynced(intake.lastSeq);
}
