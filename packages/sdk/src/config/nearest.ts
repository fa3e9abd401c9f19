import { distance } from "fastest-levenshtein";

/**
 * The valid name that a wrong one was most likely meant to be, or `undefined` when none is near: at most a third of its
 * letters differ, case aside (two that changed places count as one), or one is the other's beginning.
 */
export function nearestName(wrong: string, valid: Iterable<string>): string | undefined {
  const given = wrong.toLowerCase();
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  let bestEdits = Number.POSITIVE_INFINITY;
  for (const candidate of valid) {
    const name = candidate.toLowerCase();
    const edits = isSwapped(given, name) ? 1 : distance(given, name);
    const longest = Math.max(given.length, name.length);
    const shortest = Math.min(given.length, name.length);
    const near = edits <= Math.max(1, Math.floor(longest / 3));
    const begins = shortest >= 3 && (name.startsWith(given) || given.startsWith(name));
    if ((near && edits < longest) || begins) {
      const score = begins ? Math.min(edits, 1) : edits;
      if (score < bestScore || (score === bestScore && edits < bestEdits)) {
        best = candidate;
        bestScore = score;
        bestEdits = edits;
      }
    }
  }
  return best;
}

/** Whether two neighbouring letters changed places, the commonest slip of fast hands. */
function isSwapped(first: string, second: string): boolean {
  if (first.length !== second.length) return false;
  let at = 0;
  while (at < first.length && first[at] === second[at]) at += 1;
  const swapped = `${first.slice(0, at)}${first.charAt(at + 1)}${first.charAt(at)}${first.slice(at + 2)}`;
  return swapped === second;
}
