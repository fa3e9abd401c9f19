/** A number of fewer digits, in one piece, is none that the detectors of long numbers know. */
const MIN_LONG_NUMBER = 13;

// No character is asked for beyond the end, for the reason that `codeAt` gives; where the end is known, it need not be asked.

/**
 * Whether a number has as many digits as a long one, two capitals before two digits or more, or a space or hyphen and a group of four behind as
 * many or more.
 */
export function isTelling(text: string, start: number, end: number): boolean {
  const digits = end - start;
  if (digits >= MIN_LONG_NUMBER) return true;
  if (digits >= 2 && start >= 2 && isCapital(text.charCodeAt(start - 1)) && isCapital(text.charCodeAt(start - 2)))
    return true;
  if (digits < 4 || end + 5 > text.length) return false;
  const separator = text.charCodeAt(end);
  if (separator !== 0x20 && separator !== 0x2d) return false;
  for (let i = end + 1; i < end + 5; i++) if (!isDigit(text.charCodeAt(i))) return false;
  return true;
}

/** Whether there is any such number in the text. */
export function hasTellingNumber(text: string): boolean {
  const { length } = text;
  for (let at = 0; at < length; at++) {
    if (!isDigit(text.charCodeAt(at))) continue;
    const start = at++;
    while (at < length && isDigit(text.charCodeAt(at))) at++;
    if (isTelling(text, start, at)) return true;
  }
  return false;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}
