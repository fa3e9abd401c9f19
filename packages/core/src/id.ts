/**
 * Ids are `epoch:seq`. An epoch is one opening of a journal by one owner; `seq` is dense from 1 within it.
 * The epoch sorts by the time it was opened: nine base-32 digits of milliseconds, then four of randomness.
 */
export interface EventId {
  readonly epoch: string;
  readonly seq: number;
}

const DIGITS = "0123456789abcdefghijklmnopqrstuv";
const TIME_DIGITS = 9;
const RANDOM_DIGITS = 4;
const EPOCH = /^[0-9a-v]{13}$/;

/** A new epoch. `random` gives numbers in [0, 1). */
export function createEpoch(nowMicros: number, random: () => number): string {
  let time = Math.trunc(nowMicros / 1000);
  let text = "";
  for (let i = 0; i < TIME_DIGITS; i++) {
    text = DIGITS.charAt(time % 32) + text;
    time = Math.trunc(time / 32);
  }
  for (let i = 0; i < RANDOM_DIGITS; i++) text += DIGITS.charAt(Math.trunc(random() * 32));
  return text;
}

/** Whether a text has the form of an epoch. */
export function isEpoch(text: string): boolean {
  return EPOCH.test(text);
}

/** `epoch:seq`. */
export function formatId(epoch: string, seq: number): string {
  return `${epoch}:${seq}`;
}

/** The parts of an id, or `undefined` when the text is none. */
export function parseId(text: string): EventId | undefined {
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  const epoch = text.slice(0, colon);
  const digits = text.slice(colon + 1);
  if (!EPOCH.test(epoch) || !/^[1-9][0-9]{0,15}$/.test(digits)) return undefined;
  const seq = Number(digits);
  return Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}
