import type { Output } from "./output.ts";

/** Outputs that change places. */
export interface Succession {
  /** No longer configured. */
  readonly removed: readonly Output[];
  /** Configured anew. */
  readonly added: readonly Output[];
  /** Configured before, and held since for what comes now. */
  readonly held: readonly Output[];
  /** Outputs that an earlier reconfiguration removed and that still drain; those that are removed now are added. */
  readonly draining: Set<Output>;
  readonly timeoutMs: number;
}

/**
 * Drains and closes the outputs that are removed, and lets those that are added write only when every rival before them is done. What a released
 * one still has goes through the sink of the output that comes after it, and it too waits for its rivals: one sink is never given lines of two
 * outputs at once. Nobody waits for one that waits for it in its turn. Each has its time from when its turn comes: one that is removed while it waits loses nothing by those before
 * it. Gives a promise for each that is removed.
 */
export function succeed({ removed, added, held, draining, timeoutMs }: Succession): readonly Promise<void>[] {
  const leave = async (output: Output): Promise<void> => {
    draining.add(output);
    await output.leave(timeoutMs);
    draining.delete(output);
  };
  const waitForRivals = (waiting: Output, successor: Output): void => {
    const rivals = [...draining].filter(
      (other) => other !== waiting && !unplaced.has(other) && areRivals(successor, other),
    );
    if (rivals.length === 0) return;
    void waiting.holdUntil(Promise.all(rivals.map((other) => other.leave(timeoutMs))).then(() => undefined));
  };
  // Those that drain from before, and were released since for one that comes now.
  const left = [...draining].filter((output) => output.isReleased);
  // Of several that go on through one sink, each waits for those before it.
  const unplaced = new Set(left);
  const drained = removed.filter((output) => !output.isReleased).map(leave);
  for (const released of [...left, ...removed.filter((output) => output.isReleased)]) {
    unplaced.delete(released);
    const successor = successorOf(released, [...added, ...held]);
    if (successor === undefined) {
      released.giveUp(); // nobody holds what it held: there is nothing that could take its lines
    } else {
      waitForRivals(released, successor);
      successor.lendTo(released);
    }
    if (!left.includes(released)) drained.push(leave(released));
  }
  for (const output of [...added, ...held]) waitForRivals(output, output);
  return drained;
}

/**
 * Whoever holds now what it held, its namesake before another, since that is where its lines were to go: two files may change names. Where nobody
 * does, its namesake.
 */
function successorOf(released: Output, added: readonly Output[]): Output | undefined {
  const heirs = added.filter((output) => claimTheSame(output, released));
  const isNamesake = ({ name }: Output): boolean => name === released.name;
  return heirs.find(isNamesake) ?? heirs[0] ?? added.find(isNamesake);
}

/**
 * Whether two outputs must not be written to at once: they have one sink, or claim the same thing exclusively, or have one name and claim nothing. Where
 * one claims what the other does not, they write to different places; and each may hand on to where the other was, so that both would wait in a circle.
 */
function areRivals(first: Output, second: Output): boolean {
  if (first.sink === second.sink || claimTheSame(first, second)) return true;
  return first.name === second.name && claimsNothing(first) && claimsNothing(second);
}

/** Those whose own sink holds any of these. */
export function holdersOf(claims: readonly string[], outputs: Iterable<Output>): readonly Output[] {
  return [...outputs].filter(
    ({ sink, ownsSink }) => ownsSink && sink.exclusive?.some((claim) => claims.includes(claim)) === true,
  );
}

function claimsNothing({ sink }: Output): boolean {
  return (sink.exclusive ?? []).length === 0;
}

function claimTheSame(first: Output, second: Output): boolean {
  const claims = first.sink.exclusive ?? [];
  return second.sink.exclusive?.some((claim) => claims.includes(claim)) ?? false;
}
