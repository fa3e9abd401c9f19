/**
 * What JSON cannot say is an object of exactly one key: `{"$bytes":"<base64>"}`, `{"$int":"<decimal>"}`, `{"$double":"<number>"}`.
 * An object of a caller that has this very form is written with one more `$` before its key, and loses it again when read.
 */
const TAG = /^\$+(?:bytes|int|double)$/;

/** Whether a map of this one key must be escaped to be told from a tag. */
export function looksLikeTag(key: string): boolean {
  return key.charCodeAt(0) === 36 && TAG.test(key);
}

/** The key as the caller gave it, of a key that {@link looksLikeTag} and was escaped; `undefined` when it was not. */
export function unescapeTag(key: string): string | undefined {
  return key.startsWith("$$") && TAG.test(key) ? key.slice(1) : undefined;
}
