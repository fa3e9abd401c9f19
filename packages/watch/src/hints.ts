import { readdir } from "node:fs/promises";
import { basename, isAbsolute, resolve } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import { errorCode, type Clock } from "@plumbline/core";
import type { Interest } from "./interests.ts";

/** Who is told. */
export interface HintListener {
  /** Something that is worth a look may have changed. */
  hint(): void;
  /** The event source of a directory failed, with a system code. */
  failed(directory: string, code: string): void;
}

/** Where events come from. */
export interface HintSource {
  /** Directories whose events are received at this moment. */
  readonly watches: number;
  /** Directories whose events are not received, with the system code. */
  readonly failures: ReadonlyMap<string, string>;
  /**
   * Receives events of these directories, and of no others. Resolves when each is watched or has failed, with whether any is watched only since now: what happened
   * in it before has not been heard of. Not called while a call runs.
   */
  follow(interests: ReadonlyMap<string, Interest>): Promise<boolean>;
  /** Makes the next {@link follow} begin anew with every directory. */
  renew(): void;
  close(): Promise<void>;
}

interface Followed {
  interest: Interest;
  /** It was moved or removed: another may have its name. */
  isGone: boolean;
  readonly watcher: FSWatcher | undefined;
  /** Ends the wait until it is ready. */
  readonly stopWaiting: (() => void) | undefined;
}

/**
 * chokidar looks at every entry of a directory, at most once a second, while things happen in it. What is only on the way, and crowded as /tmp mostly is, is left to
 * the interval: watching it would cost more than looking.
 */
const MAX_ENTRIES_ON_THE_WAY = 32;
const MAX_WATCHES = 1024;
const RETRY_FAILED_MS = 30_000;
/** A watch that the system neither grants nor refuses. */
const READY_TIMEOUT_MS = 2000;

/**
 * Hints from chokidar: one watcher for each directory, of whose entries all are ignored, so that it opens nothing else. Only its raw events are used: they come at
 * once and for everything, where its own are held back, merged, and sometimes lost.
 */
export function createChokidarHints(clock: Clock, listener: HintListener): HintSource {
  const followed = new Map<string, Followed>();
  const failures = new Map<string, string>();
  let retryFailedAtMs = 0;
  let isRenewed = false;
  let isClosed = false;

  const drop = async (directory: string): Promise<void> => {
    const { watcher, stopWaiting } = followed.get(directory) ?? {};
    followed.delete(directory);
    failures.delete(directory);
    await watcher?.close();
    stopWaiting?.(); // one that is closed never says that it is ready
  };
  const fail = (directory: string, code: string): void => {
    if (isClosed || failures.has(directory)) return;
    failures.set(directory, code);
    listener.failed(directory, code);
  };

  const open = async (directory: string, interest: Interest): Promise<void> => {
    if (followed.size >= MAX_WATCHES) {
      fail(directory, "EMFILE");
      return;
    }
    if (interest.isOnTheWay && (await isCrowded(directory))) {
      if (!isClosed) followed.set(directory, { interest, isGone: false, watcher: undefined, stopWaiting: undefined });
      return;
    }
    if (isClosed) return;
    const watcher = watch(directory, {
      depth: 0,
      ignored: (path) => resolve(path) !== directory,
      ignoreInitial: true,
      atomic: false,
      // Only on Windows does chokidar hear of an error of a watch that is not persistent: elsewhere none comes once it is open.
      persistent: process.platform === "win32",
    });
    const { isReady, stopWaiting } = awaitReady(watcher, clock);
    const entry: Followed = { interest, isGone: false, watcher, stopWaiting };
    followed.set(directory, entry);
    watcher.on("raw", (_event, path) => {
      if (isItself(directory, path)) entry.isGone = true;
      if (entry.isGone || isOfInterest(entry.interest, path)) listener.hint();
    });
    watcher.on("error", (error) => fail(directory, errorCode(error)));
    await isReady;
  };

  return {
    get watches(): number {
      return [...followed].filter(([directory, { watcher }]) => watcher !== undefined && !failures.has(directory))
        .length;
    },
    failures,
    async follow(interests): Promise<boolean> {
      const nowMs = clock.monotonicMs();
      const isRetry = failures.size > 0 && nowMs >= retryFailedAtMs;
      if (isRetry) retryFailedAtMs = nowMs + RETRY_FAILED_MS;
      const isAnew = isRenewed;
      isRenewed = false;
      const opened: Promise<void>[] = [];
      for (const [directory, { interest, isGone: wasGone }] of followed) {
        const wanted = interests.get(directory);
        const isGone = wasGone || wanted?.identity !== interest.identity;
        if (isGone || isAnew || (isRetry && failures.has(directory))) await drop(directory);
      }
      for (const directory of failures.keys()) {
        if (!followed.has(directory) && (isRetry || !interests.has(directory))) failures.delete(directory);
      }
      for (const [directory, interest] of interests) {
        const entry = followed.get(directory);
        if (entry !== undefined) entry.interest = interest;
        else if (!failures.has(directory) && !isClosed) opened.push(open(directory, interest));
      }
      await Promise.all(opened);
      if (failures.size > 0 && retryFailedAtMs <= nowMs) retryFailedAtMs = nowMs + RETRY_FAILED_MS;
      return opened.length > 0;
    },
    renew(): void {
      isRenewed = true;
    },
    async close(): Promise<void> {
      isClosed = true;
      await Promise.all([...followed.keys()].map((directory) => drop(directory)));
    },
  };
}

/** Nothing tells, and nothing fails. */
export function createNoHints(): HintSource {
  return {
    watches: 0,
    failures: new Map(),
    follow: () => Promise.resolve(false),
    renew: () => undefined,
    close: () => Promise.resolve(),
  };
}

/** Without a name, or with the directory's own, an event is about the directory. */
function isItself(directory: string, path: string | null | undefined): boolean {
  return path === null || path === undefined || isAbsolute(path) || path === basename(directory);
}

function isOfInterest({ names, filter }: Interest, path: string): boolean {
  if (names.has(path)) return true;
  try {
    return filter?.(path) === true;
  } catch {
    return true; // The look will say so.
  }
}

async function isCrowded(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length > MAX_ENTRIES_ON_THE_WAY;
  } catch {
    return true; // It may be passed but not listed, or it is gone: the interval it is.
  }
}

function awaitReady(
  watcher: FSWatcher,
  clock: Clock,
): { readonly isReady: Promise<void>; readonly stopWaiting: () => void } {
  let settle: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const timer = clock.setTimer(() => settle(), READY_TIMEOUT_MS);
  const stopWaiting = (): void => {
    timer.cancel();
    settle();
  };
  watcher.once("ready", stopWaiting);
  return { isReady, stopWaiting };
}
