import { basename, dirname, join, resolve } from "node:path";
import type { CompleteWhen, DirectoryToWatch, FileToWatch, WatchOptions } from "./watch-options.ts";

/** A path that is looked at by itself. */
export interface FileTarget {
  readonly path: string;
  /** `checksum` files tell whether another is whole, and are no content. */
  readonly role: "named" | "included" | "checksum";
  readonly isOptional: boolean;
  readonly completeWhen: CompleteWhen | undefined;
}

/** A directory whose entries are looked at. */
export interface DirectoryTarget {
  readonly path: string;
  readonly filter: (name: string) => boolean;
  readonly isOptional: boolean;
  readonly completeWhen: CompleteWhen | undefined;
}

/** What is watched at one moment. */
export class Targets {
  readonly directories: readonly DirectoryTarget[];
  readonly #named: readonly FileTarget[];
  readonly #included = new Map<string, FileTarget>();
  #version = 0;

  constructor(options: Pick<WatchOptions, "files" | "directories" | "completeWhen">) {
    const { files = [], directories = [], completeWhen } = options;
    this.directories = directories.map((directory) => toDirectoryTarget(directory, completeWhen));
    const named = new Map<string, FileTarget>();
    for (const file of files.map((each) => toFileTarget(each, completeWhen))) {
      named.set(file.path, file);
      const checksum = checksumPathOf(file.path, file.completeWhen);
      if (checksum !== undefined && !named.has(checksum)) named.set(checksum, checksumTarget(checksum));
    }
    this.#named = [...named.values()];
  }

  /** Changes whenever a file is included or no longer is. */
  get version(): number {
    return this.#version;
  }

  /** Named ones in the order in which they were given, then included ones by path. */
  get files(): readonly FileTarget[] {
    return [...this.#named, ...[...this.#included.values()].sort((a, b) => (a.path < b.path ? -1 : 1))];
  }

  get first(): string | undefined {
    return this.#named[0]?.path;
  }

  get includedPaths(): readonly string[] {
    return [...this.#included.keys()];
  }

  include(path: string): void {
    if (this.#included.has(path) || this.#named.some((file) => file.path === path)) return;
    this.#included.set(path, { path, role: "included", isOptional: true, completeWhen: undefined });
    this.#version++;
  }

  exclude(path: string): void {
    if (this.#included.delete(path)) this.#version++;
  }
}

/** Where the checksum of a file stands; `undefined` when it needs none. */
export function checksumPathOf(path: string, completeWhen: CompleteWhen | undefined): string | undefined {
  if (completeWhen === undefined || !("checksumFile" in completeWhen)) return undefined;
  return resolve(dirname(path), completeWhen.checksumFile.replaceAll("{name}", basename(path)));
}

/** A file that may be missing as long as what it belongs to is: that says so itself. */
export function checksumTarget(path: string): FileTarget {
  return { path, role: "checksum", isOptional: true, completeWhen: undefined };
}

function toFileTarget(file: string | FileToWatch, completeWhen: CompleteWhen | undefined): FileTarget {
  const given = typeof file === "string" ? { path: file } : file;
  return {
    path: resolve(given.path),
    role: "named",
    isOptional: given.optional ?? false,
    completeWhen: given.completeWhen ?? completeWhen,
  };
}

function toDirectoryTarget(
  directory: string | DirectoryToWatch,
  completeWhen: CompleteWhen | undefined,
): DirectoryTarget {
  const given = typeof directory === "string" ? { path: directory } : directory;
  const path = join(resolve(given.path));
  const whole = given.completeWhen ?? completeWhen;
  const filter = given.filter ?? isOrdinaryName;
  const checksumName = whole !== undefined && "checksumFile" in whole ? whole.checksumFile : undefined;
  // A checksum beside the files of a directory is none of them.
  const isChecksum = (name: string): boolean =>
    checksumName !== undefined &&
    checksumName.startsWith("{name}") &&
    name.length > checksumName.length - "{name}".length &&
    name.endsWith(checksumName.slice("{name}".length));
  return {
    path,
    filter: (name) => filter(name) && !isChecksum(name),
    isOptional: given.optional ?? false,
    completeWhen: whole,
  };
}

/** Neither hidden, as temporary files and Kubernetes' own entries are, nor an editor's backup. */
function isOrdinaryName(name: string): boolean {
  return !name.startsWith(".") && !name.endsWith("~");
}
