import type { Clock, ClockTimer, OutputLedger } from "@plumbline/core";
import { fileError } from "./error-codes.ts";

/** What {@link limitByProgress} gives. */
export interface ProgressLimit {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** Aborts when nothing has been delivered for so long: a disk that is slow, but takes lines, gets them all. */
export function limitByProgress(ledger: OutputLedger, clock: Clock, timeoutMs: number): ProgressLimit {
  const limit = new AbortController();
  let delivered = -1;
  let timer: ClockTimer | undefined;
  const look = (): void => {
    const before = delivered;
    delivered = ledger.report().delivered;
    if (delivered === before) limit.abort(fileError("PLB_FILE_DEADLINE"));
    else timer = clock.setTimer(look, timeoutMs);
  };
  look();
  return { signal: limit.signal, cancel: () => timer?.cancel() };
}
