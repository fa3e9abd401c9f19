/** Does one step after another, whatever fails on the way. Rejects with what failed last. */
export async function endInTurn([first, ...others]: readonly (() => unknown)[]): Promise<void> {
  try {
    await first?.();
  } finally {
    if (others.length > 0) await endInTurn(others);
  }
}
