import { AssertionError } from "node:assert";

/**
 * One rule of a contract. `run` resolves when the plugin keeps it and rejects with an `AssertionError` that says which
 * rule it breaks and how. Cases depend on nothing but their own `run`, in any order; not at once, since what the process
 * holds open is counted. For any runner: `for (const { name, run } of cases) test(name, run);`
 */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** How long a plugin may take for one call before it counts as hanging. */
export const DEFAULT_DEADLINE_MS = 10_000;

/** Waits for a call into a plugin; fails with `what` when it does not settle in time. Hands on what it rejects with. */
export async function settles<Value>(
  what: string,
  deadlineMs: number,
  call: () => Value | PromiseLike<Value>,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(broken(`${what} did not settle within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([late, Promise.resolve().then(call)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a call into a plugin that must not fail. */
export async function succeeds<Value>(
  what: string,
  deadlineMs: number,
  call: () => Value | PromiseLike<Value>,
): Promise<Value> {
  try {
    return await settles(what, deadlineMs, call);
  } catch (cause) {
    if (cause instanceof BrokenRule) throw cause;
    throw broken(`${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** The failure of a case; what a plugin itself rejects with is never one. */
export class BrokenRule extends AssertionError {
  constructor(message: string) {
    super({ message });
  }
}

/** The failure of a case. */
export function broken(message: string, cause?: unknown): BrokenRule {
  const error = new BrokenRule(message);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Fails with `message` unless `condition` holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw broken(message);
}
