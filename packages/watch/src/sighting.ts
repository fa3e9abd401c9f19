import { join } from "node:path";
import { errorCode } from "@plumbline/core";
import { isSameIdentity, type FileIdentity, type FileSystem } from "./file-system.ts";
import { checksumPathOf, checksumTarget, type FileTarget, type Targets } from "./targets.ts";

/** What one path was seen to be. */
export type Sight =
  | { readonly kind: "there"; readonly identity: FileIdentity }
  | { readonly kind: "missing" }
  /** A system code. */
  | { readonly kind: "failed"; readonly code: string };

/** A file, and what it was seen to be. */
export interface SeenFile {
  readonly target: FileTarget;
  /** The watched directory that it is an entry of. */
  readonly directory: string | undefined;
  readonly sight: Sight;
}

/** What everything watched was seen to be in one look, without reading: each path once, named ones first. */
export interface Sighting {
  readonly files: ReadonlyMap<string, SeenFile>;
  readonly directories: ReadonlyMap<string, Sight>;
}

/** Looks at everything once. What the system refuses is part of what is seen; only a filter that throws makes this reject. */
export async function sightAll(fileSystem: FileSystem, targets: Targets): Promise<Sighting> {
  const named = targets.files;
  const [namedSights, listings] = await Promise.all([
    Promise.all(named.map((target) => sight(fileSystem, target.path))),
    Promise.all(targets.directories.map((directory) => sightDirectory(fileSystem, directory))),
  ]);
  const files = new Map<string, SeenFile>();
  for (const [index, target] of named.entries()) {
    files.set(target.path, { target, directory: undefined, sight: fileSight(namedSights[index]) });
  }
  const directories = new Map<string, Sight>();
  for (const listing of listings) {
    directories.set(listing.path, listing.sight);
    for (const entry of listing.entries) {
      const there = files.get(entry.target.path);
      // Also where the content includes it by its own name.
      if (there === undefined || there.target.role === "included") files.set(entry.target.path, entry);
    }
  }
  return { files, directories };
}

/** Whether two looks saw the same. */
export function isSameSighting(a: Sighting, b: Sighting): boolean {
  if (a.files.size !== b.files.size || a.directories.size !== b.directories.size) return false;
  for (const [path, { sight: one }] of a.files) if (!isSameSight(one, b.files.get(path)?.sight)) return false;
  for (const [path, one] of a.directories) {
    const other = b.directories.get(path);
    // A directory's times change with names that do not count.
    if (one.kind !== other?.kind || (one.kind === "failed" && !isSameSight(one, other))) return false;
  }
  return true;
}

/** Whether everything is there and has not been written since a time, by the clock of the file system. */
export function hasRested({ files, directories }: Sighting, sinceMicros: number): boolean {
  const sinceNs = BigInt(sinceMicros) * 1000n;
  const sights = [...directories.values(), ...[...files.values()].map((file) => file.sight)];
  return sights.every((each) => each.kind === "there" && each.identity.ctimeNs < sinceNs);
}

function isSameSight(a: Sight, b: Sight | undefined): boolean {
  if (a.kind === "there") return b?.kind === "there" && isSameIdentity(a.identity, b.identity);
  if (a.kind === "failed") return b?.kind === "failed" && a.code === b.code;
  return b?.kind === "missing";
}

interface Listing {
  readonly path: string;
  readonly sight: Sight;
  readonly entries: readonly SeenFile[];
}

async function sightDirectory(fileSystem: FileSystem, directory: Targets["directories"][number]): Promise<Listing> {
  const { path, filter, completeWhen } = directory;
  const seen = await sight(fileSystem, path);
  if (seen.kind !== "there") return { path, sight: seen, entries: [] };
  if (seen.identity.kind !== "directory") return { path, sight: { kind: "failed", code: "ENOTDIR" }, entries: [] };
  let names: readonly string[];
  try {
    names = [...(await fileSystem.list(path))].sort();
  } catch (error) {
    return { path, sight: failure(error), entries: [] };
  }
  const entries = await Promise.all(
    names
      .filter((name) => filter(name))
      .flatMap((name): FileTarget[] => {
        const entry = join(path, name);
        const checksum = checksumPathOf(entry, completeWhen);
        const target: FileTarget = { path: entry, role: "named", isOptional: true, completeWhen };
        return checksum === undefined ? [target] : [target, checksumTarget(checksum)];
      })
      .map(async (target): Promise<SeenFile> => ({
        target,
        directory: path,
        sight: await sight(fileSystem, target.path),
      })),
  );
  // Subdirectories, pipes and links that lead nowhere are no content.
  return { path, sight: seen, entries: entries.filter((entry) => isContent(entry.sight)) };
}

function isContent(seen: Sight): boolean {
  return seen.kind === "failed" || (seen.kind === "there" && seen.identity.kind === "file");
}

async function sight(fileSystem: FileSystem, path: string): Promise<Sight> {
  try {
    return { kind: "there", identity: await fileSystem.identify(path) };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Sight {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR" ? { kind: "missing" } : { kind: "failed", code };
}

/** A path that was given as a file's must be one. */
function fileSight(seen: Sight | undefined): Sight {
  if (seen === undefined) return { kind: "missing" };
  if (seen.kind !== "there" || seen.identity.kind === "file") return seen;
  return { kind: "failed", code: seen.identity.kind === "directory" ? "EISDIR" : "ENOTREG" };
}
