import type { FileCounts } from "./file-log.ts";

/** What an operator may want to know of an open file. */
export interface FileState {
  readonly path: string;
  readonly epoch: string;
  /** 1 for the file itself. */
  readonly slot: number;
  /** `none` where the file system has no sockets: nothing keeps two processes apart there. */
  readonly ownership: "socket" | "none";
  /** Bytes in the file being written. */
  readonly bytes: number;
  /** The last number that is in it. */
  readonly writtenSeq: number;
  /** Segments that are still being sealed. */
  readonly sealing: number;
  /** The code of what keeps the file from being written. */
  readonly trouble: string | undefined;
  readonly counts: FileCounts;
}
