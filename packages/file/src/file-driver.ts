/** What is known about an open file or a path. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Hard links; 0 when the file was unlinked while open. */
  readonly links: number;
  readonly mode: number;
  /** Device and inode as one text; the same for the same file whatever the path. */
  readonly identity: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Milliseconds since 1970 at which the file was made, or was last changed where the system does not know. */
  readonly createdMs: number;
  readonly modifiedMs: number;
}

/**
 * What a look at a socket showed.
 * - `alive`: somebody holds it, be it a process that is stopped or so busy that its queue of connections is full.
 * - `refused`: nobody of this host holds it any more.
 * - `missing`: there is no such file.
 */
export type SocketState = "alive" | "refused" | "missing";

/** A listening socket: held by the process until it ends, whatever ends it. */
export interface ProofSocket {
  /** Lets go of it. Its file stays, and refuses. */
  close(): Promise<void>;
}

/**
 * The file system as this package needs it. Everything the sink does to a file goes through here, so that a test can
 * cut writes short, fill the disk, stop the world between two steps, or crash.
 *
 * Errors are those of Node (`code` is the system's, `ENOSPC`). Descriptors are numbers because the synchronous flush at
 * exit must be able to use them.
 */
export interface FileDriver {
  /** Opens for reading and writing. `create` fails with EEXIST if the file is there, `existing` with ENOENT if not. */
  open(path: string, how: "create" | "existing" | "read", mode: number): Promise<number>;
  openSync(path: string, how: "create" | "existing", mode: number): number;
  close(fd: number): Promise<void>;
  /** Writes at `position`; may write less than asked. The callback is never called before `write` has returned. */
  write(
    fd: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    position: number,
    done: (error: Error | undefined, written: number) => void,
  ): void;
  writeSync(fd: number, bytes: Uint8Array, start: number, length: number, position: number): number;
  /** Reads up to the buffer's length at `position`; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): Promise<number>;
  readSync(fd: number, into: Uint8Array, position: number): number;
  /** Data (and the size) onto the device: fdatasync(2). */
  sync(fd: number): Promise<void>;
  syncSync(fd: number): void;
  /** A folder's entries onto the device; does nothing where the system cannot. */
  syncDirectory(path: string): Promise<void>;
  truncateSync(fd: number, size: number): void;
  chmod(fd: number, mode: number): Promise<void>;
  factsOfSync(fd: number): FileFacts;
  /** Bytes and names of an open file; cheap, called once a chunk. */
  lookSync(fd: number): { readonly size: number; readonly links: number };
  /** Facts of a path, symlinks not followed; `undefined` when nothing is there. */
  facts(path: string): Promise<FileFacts | undefined>;
  factsSync(path: string): FileFacts | undefined;
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  renameSync(from: string, to: string): void;
  /** Removes a name; silent when it is gone already. */
  unlink(path: string): Promise<void>;
  /** Makes a folder and those above it; silent when it is there. */
  makeDirectory(path: string, mode: number): Promise<void>;
  list(path: string): Promise<readonly string[]>;
  /** Makes a symlink; fails with EEXIST if `path` is there. */
  symlink(text: string, path: string): Promise<void>;
  readLink(path: string): Promise<string>;
  /** The path with every symlink resolved. */
  realPath(path: string): Promise<string>;
  /** Listens on a socket in a folder, for as long as the process lives; the file may be renamed meanwhile. */
  listenAsProof(directory: string, name: string): Promise<ProofSocket>;
  /** Looks whether somebody holds the socket. */
  lookAtSocket(directory: string, name: string): Promise<SocketState>;
}
