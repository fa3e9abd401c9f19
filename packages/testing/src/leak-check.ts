import { must } from "./contract-case.ts";

/** How many turns of the event loop handles are given to close after their owner has: some 3 s. */
const MAX_TURNS = 600;

/** How many turns in a row must show nothing: a handle that is only being opened shows a little later. */
const CLEAN_TURNS = 5;

/** What keeps the process alive, by kind: sockets, servers, watchers, requests, timers that are not unref'ed. */
export type ResourceCounts = ReadonlyMap<string, number>;

/** What is alive now, after what is just being opened or closed has had its turns. */
export async function countResources(): Promise<ResourceCounts> {
  for (let turn = 0; turn < CLEAN_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  return countNow();
}

/**
 * Fails unless no more of any kind is alive than `before`; gives what is closing a moment to be gone. What is unref'ed
 * cannot be seen from outside. The checker's own turn of the loop (`Immediate`) is not counted.
 */
export async function expectNoLeak(before: ResourceCounts, what: string): Promise<void> {
  let left: readonly string[] = [];
  for (let turn = 0, clean = 0; turn < MAX_TURNS; turn++) {
    // Later turns wait a little, for what needs the kernel or the thread pool.
    await new Promise((resolve) => (turn < 20 ? setImmediate(resolve) : setTimeout(resolve, 5)));
    left = [...countNow()]
      .filter(([kind, count]) => kind !== "Immediate" && count > (before.get(kind) ?? 0))
      .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`);
    clean = left.length === 0 ? clean + 1 : 0;
    if (clean === CLEAN_TURNS) return;
  }
  must(left.length === 0, `${what} left behind what keeps the process alive: ${left.join(", ")}`);
}

function countNow(): ResourceCounts {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
