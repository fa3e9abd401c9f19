import { isMainThread } from "node:worker_threads";

/** What the hooks need of the process; a test gives its own. */
export interface ProcessPort {
  on(event: string, listener: () => void): unknown;
  prependListener(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
  // What is listening is looked at, never called.
  listeners(event: string): readonly unknown[];
  kill(pid: number, signal: string): unknown;
  readonly pid: number;
}

/** Options of {@link hookProcess}. */
export interface ProcessHookOptions {
  /** Delivers what waits. Never rejects, and settles by its deadline. */
  readonly flush: (timeoutMs: number) => Promise<void>;
  /** Hands on what can be handed on synchronously, and gives up what would stay behind. */
  readonly endNow: () => void;
  /** Grows with every event: tells whether there is anything new to flush. */
  readonly emitted: () => number;
  /** SIGTERM and SIGINT: flush, and raise the signal again where nobody else listens. */
  readonly handleSignals: boolean;
  /** The end of the loop, `process.exit`, and uncaught exceptions. */
  readonly flushOnExit: boolean;
  /** Default: the process. */
  readonly process?: ProcessPort | undefined;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** How long a flush on the way out may hold the process up, in milliseconds. */
const FLUSH_MS = 5000;
/** Flushes on the way out, while events still come. */
const MAX_FLUSHES = 3;
/** Marks a listener as one of ours, whichever copy of the package put it there: it flushes, and is not the service's own. */
const OURS = Symbol.for("plumbline.signal-listener");

const SIGNAL_EXIT = Symbol.for("signal-exit emitter");

/**
 * Flushes when the process ends, however it does: at the end of its loop (`beforeExit`), at `process.exit` and after an uncaught
 * exception or an unhandled rejection (the monitor, and then `exit`), and on SIGTERM and SIGINT. On a signal that the service listens
 * for itself it only flushes: ending is the service's business. Where nobody else listens, the signal is raised again after the
 * flush, so that the process ends as it would have without us; a second signal is not kept waiting.
 *
 * Gives a function that removes every listener.
 * Source: Node.js documentation, "Process": signal events, `beforeExit`, `exit`, `uncaughtExceptionMonitor`.
 */
export function hookProcess(options: ProcessHookOptions): () => void {
  const host: ProcessPort = options.process ?? process;
  const removers: (() => void)[] = [];
  const listen = (event: string, listener: () => void): void => {
    host.on(event, listener);
    removers.push(() => host.off(event, listener));
  };
  if (options.flushOnExit) {
    let flushed = -1;
    listen("beforeExit", () => {
      // The flush itself keeps the loop going, and its end comes here again.
      if (options.emitted() === flushed) return;
      flushed = options.emitted();
      void keepAlive(options.flush(FLUSH_MS));
    });
    listen("uncaughtExceptionMonitor", () => void options.flush(FLUSH_MS));
    // First, so that the listeners of files, which write synchronously, come after it.
    host.prependListener("exit", options.endNow);
    removers.push(() => host.off("exit", options.endNow));
  }
  // Signals come to the main thread alone.
  if (options.handleSignals && isMainThread) {
    for (const signal of SIGNALS) {
      const listener = signalListener(signal, options, host);
      // First, to see the service's own listener before it is gone: one for `once` is taken away when it is called.
      host.prependListener(signal, listener);
      removers.push(() => host.off(signal, listener));
    }
  }
  return () => {
    for (const remove of removers) remove();
  };
}

function signalListener(signal: string, options: ProcessHookOptions, host: ProcessPort): () => void {
  let state: "waiting" | "flushing" = "waiting";
  const raiseAgain = (): void => {
    host.off(signal, listener);
    // Where another of ours still flushes, the last one raises it.
    if (host.listeners(signal).some(isOurs)) return;
    options.endNow();
    host.kill(host.pid, signal);
  };
  const listener = (): void => {
    const isServices = hasForeignListener(host, signal);
    if (state === "flushing") {
      if (!isServices) raiseAgain();
      return;
    }
    state = "flushing";
    void keepAlive(flushAll(options)).then(() => {
      state = "waiting";
      if (!isServices && !hasForeignListener(host, signal) && host.listeners(signal).includes(listener)) raiseAgain();
    });
  };
  return Object.assign(listener, { [OURS]: true });
}

function isOurs(listener: unknown): boolean {
  return typeof listener === "function" && OURS in listener;
}

/** Whether anybody listens who means to decide of the process's end. */
function hasForeignListener(host: ProcessPort, signal: string): boolean {
  const foreign = host.listeners(signal).filter((listener) => !isOurs(listener));
  return foreign.length > countYielding();
}

/**
 * Listeners of the `signal-exit` package, of which many libraries bring a copy: they raise the signal again only when nobody else listens,
 * so if we took them for the service's own, they would wait for us and we for them, and the process would not end. Each version keeps a
 * count of its listeners where the others can see it.
 */
function countYielding(): number {
  const places: readonly unknown[] = [
    (globalThis as { readonly [SIGNAL_EXIT]?: unknown })[SIGNAL_EXIT],
    (process as { readonly __signal_exit_emitter__?: unknown }).__signal_exit_emitter__,
  ];
  return places.reduce<number>((sum, place) => {
    const count = typeof place === "object" && place !== null && "count" in place ? place.count : 0;
    return sum + (typeof count === "number" ? count : 0);
  }, 0);
}

/** Events still come while a flush is under way; a few more flushes take those along. */
async function flushAll({ flush, emitted }: ProcessHookOptions): Promise<void> {
  for (let round = 0; round < MAX_FLUSHES; round++) {
    const before = emitted();
    await flush(FLUSH_MS);
    if (emitted() === before) return;
  }
}

/** The timers of a flush keep no process alive; while one is under way on the way out, this does. */
async function keepAlive(flush: Promise<void>): Promise<void> {
  const hold = setTimeout(() => undefined, FLUSH_MS * MAX_FLUSHES);
  await flush;
  clearTimeout(hold);
}
