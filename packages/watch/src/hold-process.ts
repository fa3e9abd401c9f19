const LONG_MS = 2 ** 30;

/**
 * The same promise; until it has settled, the process has a reason to live. Neither a clock's timers nor a watch are one, and a program that has nothing else to do
 * would end in the midst of what it waits for.
 */
export async function holdProcess<Value>(promise: Promise<Value>): Promise<Value> {
  const handle = setInterval(() => undefined, LONG_MS);
  try {
    return await promise;
  } finally {
    clearInterval(handle);
  }
}
