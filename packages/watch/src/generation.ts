/** A file as one generation has it. */
export interface WatchedFile {
  /** The absolute path under which it is watched: as it was given, or an entry of a watched directory. Links in it are not resolved. */
  readonly path: string;
  /** The watched directory it is an entry of; `undefined` for a file that was named or included. */
  readonly directory: string | undefined;
  /** Whether it is watched since {@link FileWatcher.include} named it. */
  readonly isIncluded: boolean;
  /** Its bytes, not to be changed; `undefined` where an optional or included file is not there. */
  readonly content: Buffer | undefined;
  /** SHA-256 of the bytes, in hexadecimal; `undefined` where it is not there. */
  readonly sha256: string | undefined;
}

/**
 * What the watched files held at one instant. Two generations in a row never hold the same; a content that comes back later is a generation of its
 * own (A, B, A are three). A content that stood for less than the settle time may never be one.
 */
export interface Generation {
  /** From 1, each one more than the one before it. */
  readonly generation: number;
  /** The bytes of the first of the `files` that were named; empty where there is none. For several files, and for directories, see {@link files}. */
  readonly content: Buffer;
  /**
   * SHA-256 over the path and content of every file, in hexadecimal: equal for equal content under equal paths, also in another process.
   */
  readonly fingerprint: string;
  /** Named files in the order in which they were given, then those of the directories by path, then included ones by path. */
  readonly files: readonly WatchedFile[];
}
