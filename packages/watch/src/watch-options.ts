import type { DiagLogger } from "@opentelemetry/api";
import type { Clock } from "@plumbline/core";
import type { Generation, WatchedFile } from "./generation.ts";
import type { WatchHealth } from "./watch-health.ts";

/**
 * How a file says that it is whole. The file system shows a change during a read; it cannot show that a writer has paused halfway, and a prefix
 * of a file is often valid. Who writes with a rename ({@link writeFileAtomic}) needs none of these.
 * - `endMarker`: the text, but for white space after it, ends with this.
 * - `checksumFile`: a file beside it that holds the SHA-256 of its content in hexadecimal, first on its first line, as `sha256sum` writes it. A path is taken
 *   from the watched file's folder; `{name}` in it stands for the file's name: `"{name}.sha256"`. It is watched as well.
 * - `parse`: throws, or rejects, while the content is not whole. What is never whole never becomes a generation: see {@link WatchHealth}.
 */
export type CompleteWhen =
  | { readonly endMarker: string }
  | { readonly checksumFile: string }
  | { readonly parse: (content: Buffer, path: string) => unknown };

/** A file to watch. */
export interface FileToWatch {
  /** Taken from the working directory where it is relative. Links in it are followed, and watched. */
  readonly path: string;
  /** Its absence is content too: a generation says that it is not there. Default: `false`, its return is waited for. */
  readonly optional?: boolean;
  /** Overrides the option of the same name. */
  readonly completeWhen?: CompleteWhen;
}

/** A directory whose files are watched: those directly in it, through links too. Its subdirectories are not. */
export interface DirectoryToWatch {
  /** Taken from the working directory where it is relative. */
  readonly path: string;
  /** Which names count. Default: those that neither begin with a dot nor end with `~`. */
  readonly filter?: (name: string) => boolean;
  /** Its absence is content too: that of an empty directory. Default: `false`, its return is waited for. */
  readonly optional?: boolean;
  /** Overrides the option of the same name. */
  readonly completeWhen?: CompleteWhen;
}

/** What to watch, and how long to wait for what. */
export interface WatchOptions {
  /** Paths, or {@link FileToWatch}. */
  readonly files?: readonly (string | FileToWatch)[];
  /** Paths, or {@link DirectoryToWatch}. A Kubernetes volume is one of these. */
  readonly directories?: readonly (string | DirectoryToWatch)[];
  /** Milliseconds without a change before content is taken for settled. Default 50. */
  readonly settleMs?: number;
  /** Milliseconds after the first change at which content is taken though it goes on changing. Default 800. */
  readonly maxSettleMs?: number;
  /** Milliseconds between two looks at the file system that no event asked for. Default 1,000. */
  readonly reconcileIntervalMs?: number;
  /** Default: a file is whole when it did not change while it was read. */
  readonly completeWhen?: CompleteWhen;
  /** `events`: the system's file events tell when to look. `none`: only the interval does, and nothing is held open. Default `events`. */
  readonly hints?: "events" | "none";
  /** Bytes that a file may have; a larger one is trouble, not content. Default 67,108,864 (64 MiB). */
  readonly maxFileBytes?: number;
  readonly clock?: Clock;
  /** Where what an operator should know is said. Default: OpenTelemetry's `diag`. */
  readonly diagnostics?: DiagLogger;
}

/** Options of {@link watchFiles}. */
export interface WatchFilesOptions extends WatchOptions {
  /** Called with each generation, in order, never two at once; what it throws goes to `diagnostics`. */
  readonly onGeneration: (generation: Generation) => void;
  /** Called when the status, the mode or a trouble changes, within a second of the change. */
  readonly onHealth?: (health: WatchHealth) => void;
}

/** Files under watch. */
export interface FileWatcher extends AsyncDisposable {
  /** The last generation; `undefined` until there has been one. */
  readonly current: Generation | undefined;
  /**
   * Begins to watch. Resolves after the first look at the files is done: with a first generation where they are whole, without one where they are
   * missing, unreadable or not whole yet, which {@link health} names. Rejects with `PLB_WATCH_CLOSED`.
   */
  start(): Promise<void>;
  /**
   * Looks at once, and settles: resolves when what stood on disk at the call is either the current generation, or cannot be one (missing, unreadable,
   * not whole). Rejects with `PLB_WATCH_CLOSED`.
   */
  check(): Promise<Generation | undefined>;
  /**
   * Reads a file that the content names, and watches it from now on. It becomes part of the fingerprint of later generations; the current one is
   * not repeated for it. One that is not there has no content, and is a generation when it comes. Rejects with `PLB_WATCH_UNREADABLE`,
   * `PLB_WATCH_TOO_LARGE`, `PLB_WATCH_UNSETTLED`, `PLB_WATCH_CLOSED`.
   */
  include(path: string): Promise<WatchedFile>;
  /** Stops watching included files other than these. */
  retainIncluded(paths: readonly string[]): void;
  /** The state of the watch as it is known now, without looking. */
  state(): WatchHealth;
  /** Proves that the watch is alive: makes it look at every file now, and says how it stands. A look that does not end within 5 s makes it `failed`. */
  health(): Promise<WatchHealth>;
  /** Ends it; nothing is held open and `onGeneration` is not called any more when it resolves. Safe to repeat, and without `start`. */
  close(): Promise<void>;
}
