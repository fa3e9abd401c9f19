/** How long one call takes, in nanoseconds, once the engine has compiled it. */
export async function nanosPerCall(call: (index: number) => unknown, calls: number): Promise<number> {
  await run(call, Math.ceil(calls / 2));
  const started = performance.now();
  await run(call, calls);
  return ((performance.now() - started) * 1e6) / calls;
}

async function run(call: (index: number) => unknown, calls: number): Promise<void> {
  for (let index = 0; index < calls; index++) {
    const result = call(index);
    if (result instanceof Promise) await result;
  }
}
