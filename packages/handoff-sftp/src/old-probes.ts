import { posix } from "node:path";
import { lookAt, removeFar } from "./far-files.ts";
import type { FarPlaces } from "./far-side.ts";
import { statusOf } from "./sftp-error.ts";
import type { SftpSession } from "./sftp-session.ts";

/** So old is nothing that a start has under way. */
const OLD_MS = 3_600_000;
const NAME = /^\.probe-([0-9a-f]{16})-(\d)$/;
/** The number of the probe that is made first and removed last, and never stamped: it tells how old the others of its start are. */
const NOTE = "0";

/** The files of one try, by its tag. */
export interface ProbeNames {
  readonly note: string;
  readonly target: string;
  readonly probes: readonly [string, string, string];
}

export function probeNames({ root, staging }: FarPlaces, tag: string): ProbeNames {
  const probe = (number: number | string): string => posix.join(staging, `.probe-${tag}-${number}`);
  return {
    note: probe(NOTE),
    target: posix.join(root, `.plumbline-probe-${tag}`),
    probes: [probe(1), probe(2), probe(3)],
  };
}

/**
 * Removes what starts have left that were cut: an hour old, both times by the server's clock. One that is seen in the destination is known by the note of its
 * tag in the staging folder. What the server refuses to tell or remove stays.
 */
export async function removeOldProbes(session: SftpSession, places: FarPlaces, farNowMs: number): Promise<void> {
  const found = (await unlessRefused(() => session.list(places.staging)))?.flatMap((name) => {
    const [, tag, number] = NAME.exec(name) ?? [];
    return tag === undefined ? [] : [{ tag, path: posix.join(places.staging, name), isNote: number === NOTE }];
  });
  const isOld = async (path: string): Promise<boolean> => {
    const there = await unlessRefused(() => lookAt(session, path));
    return there !== undefined && there.mtime * 1000 < farNowMs - OLD_MS;
  };
  for (const tag of new Set(found?.map((each) => each.tag))) {
    const files = (found ?? []).filter((each) => each.tag === tag).sort((a, b) => Number(a.isNote) - Number(b.isNote));
    const last = files.at(-1);
    if (last === undefined || !(await isOld(last.path))) continue;
    const paths = [...(last.isNote ? [probeNames(places, tag).target] : []), ...files.map(({ path }) => path)];
    for (const path of paths) await unlessRefused(() => removeFar(session, path));
  }
}

async function unlessRefused<Value>(step: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await step();
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  }
}
