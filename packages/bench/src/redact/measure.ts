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

/** The processor time that one call takes, of this process's main thread and the engine's own: what others run beside it does not count. */
export function cpuMillis(call: () => unknown): number {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
