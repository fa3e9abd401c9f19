/** Where an event stands: the run of the journal's writer, and its number in it. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
}

const EPOCH_LENGTH = 13;
const MAX_DIGITS = 16;
const [ZERO, NINE, LETTER_A, LETTER_V, COLON] = [0x30, 0x39, 0x61, 0x76, 0x3a];

/** Reads an id; `undefined` for what is none. Without a pattern: it is done for every event that comes. */
export function placeOf(id: string): Place | undefined {
  const digits = id.length - EPOCH_LENGTH - 1;
  if (digits < 1 || digits > MAX_DIGITS || id.charCodeAt(EPOCH_LENGTH) !== COLON) return undefined;
  for (let at = 0; at < EPOCH_LENGTH; at++) {
    const code = id.charCodeAt(at);
    if (!(code >= ZERO && code <= NINE) && !(code >= LETTER_A && code <= LETTER_V)) return undefined;
  }
  const seq = numberFrom(id, EPOCH_LENGTH + 1);
  return seq === undefined ? undefined : { epoch: id.slice(0, EPOCH_LENGTH), seq };
}

/** The number of an id that has this epoch; `undefined` where that is not so for certain. */
export function numberIn(id: string, epoch: string): number | undefined {
  const digits = id.length - EPOCH_LENGTH - 1;
  if (digits < 1 || digits > MAX_DIGITS || id.charCodeAt(EPOCH_LENGTH) !== COLON) return undefined;
  return id.startsWith(epoch) ? numberFrom(id, EPOCH_LENGTH + 1) : undefined;
}

function numberFrom(id: string, start: number): number | undefined {
  let seq = 0;
  for (let at = start; at < id.length; at++) {
    const digit = id.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    seq = seq * 10 + digit;
  }
  return seq;
}
