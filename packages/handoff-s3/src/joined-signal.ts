/** What aborts when one of several signals does. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Lets go of them; safe when repeated. */
  readonly release: () => void;
}

/**
 * Not `AbortSignal.any`: in Node 20, a signal that lives long keeps something of each that was ever made of it, and there is one for every file.
 */
export function joinSignals(...signals: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  const release = (): void => {
    for (const signal of signals) signal.removeEventListener("abort", abort);
  };
  const abort = (): void => {
    release();
    joined.abort(signals.find(({ aborted }) => aborted)?.reason);
  };
  for (const signal of signals) signal.addEventListener("abort", abort, { once: true });
  if (signals.some(({ aborted }) => aborted)) abort();
  return { signal: joined.signal, release };
}
