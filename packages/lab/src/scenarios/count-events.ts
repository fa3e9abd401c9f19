/** How many events a set of expectations names. */
export function countEvents(due: ReadonlyMap<string, Iterable<number>>): number {
  let count = 0;
  for (const numbers of due.values()) count += [...numbers].length;
  return count;
}
