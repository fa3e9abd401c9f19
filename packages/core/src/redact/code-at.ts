/**
 * The code unit at `at`, -1 where the text has none. Once `charCodeAt` was asked for what lies outside of a text, the engine asks it for every character in
 * the slow way from then on, and what it gives may be NaN, which is no small integer.
 */
export function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : -1;
}
