/** The longest wait that a receiver is believed, in milliseconds. */
export const MAX_RETRY_AFTER_MS: number = 15 * 60_000;

/**
 * Milliseconds of a `Retry-After`: seconds, or a date, which is held against the answer's own date where it has one, so that two clocks need not
 * agree. What is over is 0, what is longer than 15 minutes is 15 minutes, and what cannot be read is `undefined`.
 * Source: RFC 9110, section 10.2.3.
 */
export function parseRetryAfter(
  retryAfter: string | undefined,
  date: string | undefined,
  nowMs: number,
): number | undefined {
  const text = retryAfter?.trim() ?? "";
  if (/^\d{1,15}$/.test(text)) return bounded(Number(text) * 1000);
  // Other text that `Date.parse` would take for a date (`-5`, `1.5`) is none here.
  if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) return undefined;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const sent = date === undefined ? Number.NaN : Date.parse(date);
  return bounded(until - (Number.isNaN(sent) ? nowMs : sent));
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}
