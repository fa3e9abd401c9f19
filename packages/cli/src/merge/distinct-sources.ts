import { stat } from "node:fs/promises";
import type { MergeSource } from "@plumbline/file";
import { listSegments } from "@plumbline/jsonl";

/** One thing to be merged, and how it is called in messages. */
export interface NamedSource {
  readonly name: string;
  readonly source: MergeSource;
}

/** A source that is left out, because another one has its lines. */
export interface SameSource {
  readonly name: string;
  /** The one that is read. */
  readonly as: string;
}

/**
 * Sources whose lines would come twice are left out: a file or journal that is named again (whatever the spelling, and through
 * links), and a file that belongs to a journal which is read whole.
 */
export async function distinctSources(sources: readonly NamedSource[]): Promise<{
  readonly distinct: readonly NamedSource[];
  readonly same: readonly SameSource[];
  /** The source that has the file of this path, under whatever name; `undefined` when none has. */
  readonly ownerOf: (path: string) => Promise<string | undefined>;
}> {
  const owners = new Map<string, string>();
  const same: SameSource[] = [];
  const kept = new Set<NamedSource>();
  // Journals first: of a journal and one of its files, the journal is read.
  for (const each of [...sources].sort((a, b) => Number(isFile(a)) - Number(isFile(b)))) {
    const files = await identitiesOf(each.source);
    const as = files.map((file) => owners.get(file)).find((name) => name !== undefined);
    if (as === undefined) kept.add(each);
    else same.push({ name: each.name, as });
    for (const file of files) owners.set(file, as ?? each.name);
  }
  return {
    distinct: sources.filter((each) => kept.has(each)),
    same,
    ownerOf: async (path) => (await identitiesOf(path)).map((file) => owners.get(file))[0],
  };
}

function isFile({ source }: NamedSource): boolean {
  return typeof source === "string";
}

/** Device and inode of every file of a source. One that cannot be looked at is told of when it is read. */
async function identitiesOf(source: MergeSource): Promise<readonly string[]> {
  const paths = typeof source === "string" ? [source] : await pathsOf(source);
  const looks = await Promise.allSettled(paths.map((path) => stat(path, { bigint: true })));
  return looks.flatMap((look) => (look.status === "fulfilled" ? [`${look.value.dev}:${look.value.ino}`] : []));
}

async function pathsOf(location: Exclude<MergeSource, string>): Promise<readonly string[]> {
  const { segments, active } = await listSegments(location);
  return [...segments.map(({ path }) => path), ...(active === undefined ? [] : [active])];
}
