import { join } from "node:path";
import type { FileSystem } from "./file-system.ts";
import { resolutionChain, type ChainLink } from "./resolution-chain.ts";
import type { Sighting } from "./sighting.ts";
import type { Targets } from "./targets.ts";

/** What in a directory is worth a look. */
export interface Interest {
  /** The directory's own identity, so that another one under its name is noticed. */
  readonly identity: string;
  readonly names: ReadonlySet<string>;
  /** Further names, in a watched directory. */
  readonly filter: ((name: string) => boolean) | undefined;
  /** Whether nothing but directories on the way is named: such a directory may be left to the interval. */
  readonly isOnTheWay: boolean;
}

interface Draft {
  readonly names: Set<string>;
  filter: ((name: string) => boolean) | undefined;
  isOnTheWay: boolean;
}

/** The directories whose events can tell of a change of what is watched. One that cannot be looked at is left out. */
export async function findInterests(
  fileSystem: FileSystem,
  targets: Targets,
  sighting: Sighting | undefined,
): Promise<ReadonlyMap<string, Interest>> {
  const drafts = new Map<string, Draft>();
  const draftOf = (directory: string): Draft => {
    const draft = drafts.get(directory) ?? { names: new Set<string>(), filter: undefined, isOnTheWay: true };
    drafts.set(directory, draft);
    return draft;
  };
  const add = (chain: readonly ChainLink[]): void => {
    for (const { directory, name, isDecisive } of chain) {
      const draft = draftOf(directory);
      draft.names.add(name);
      if (isDecisive) draft.isOnTheWay = false;
    }
  };
  const once = rememberLinks(fileSystem);
  const paths = new Set([...targets.files.map(({ path }) => path), ...(sighting?.files.keys() ?? [])]);
  for (const chain of await Promise.all([...paths].map((path) => resolutionChain(once, path)))) add(chain);
  for (const { path, filter } of targets.directories) {
    const chain = await resolutionChain(once, path);
    add(chain);
    const last = chain.at(-1);
    if (last === undefined) continue;
    const listed = draftOf(join(last.directory, last.name));
    listed.filter = either(listed.filter, filter);
    listed.isOnTheWay = false;
  }
  return withIdentities(fileSystem, drafts);
}

/** Paths share most of their directories. */
function rememberLinks(fileSystem: FileSystem): Pick<FileSystem, "linkAt"> {
  const links = new Map<string, Promise<string | undefined>>();
  return {
    linkAt(path) {
      const known = links.get(path) ?? fileSystem.linkAt(path);
      links.set(path, known);
      return known;
    },
  };
}

async function withIdentities(
  fileSystem: FileSystem,
  drafts: ReadonlyMap<string, Draft>,
): Promise<ReadonlyMap<string, Interest>> {
  const interests = new Map<string, Interest>();
  await Promise.all(
    [...drafts].map(async ([directory, draft]) => {
      try {
        const { kind, dev, ino, birthtimeNs } = await fileSystem.identify(directory);
        if (kind === "directory") interests.set(directory, { ...draft, identity: `${dev}:${ino}:${birthtimeNs}` });
      } catch {
        // Gone again: the directory above tells when it comes back.
      }
    }),
  );
  return interests;
}

function either(
  one: ((name: string) => boolean) | undefined,
  other: (name: string) => boolean,
): (name: string) => boolean {
  return one === undefined ? other : (name) => one(name) || other(name);
}
