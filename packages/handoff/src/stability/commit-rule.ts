import { lstat, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode } from "@plumbline/core";
import { changedFields, type FileIdentity, identityOf } from "./identity.ts";

/**
 * How a producer says that it is done with a file.
 * - `none`: not at all.
 * - `rename`: it writes under a name that is left out, and renames; whatever has another name is whole.
 * - `marker`: an empty file of the same name and an ending appears when it is done (`.done`). One that is older than the file, by either of its times, was put there for what stood there before.
 * - `manifest`: a file of the same name and an ending holds the content's SHA-256, as `sha256sum` writes it (`.sha256`).
 */
export type CommitRule = "none" | "rename" | "marker" | "manifest";

/** What the producer has said. */
export type CommitRecord =
  | { readonly kind: "committed"; readonly evidence: string; readonly sha256: string | undefined }
  | { readonly kind: "open"; readonly evidence: string }
  /** It may have said something; `trouble` is the system's code. */
  | { readonly kind: "unreadable"; readonly evidence: string; readonly trouble: string };

const DEFAULT_ENDINGS: Readonly<Record<CommitRule, string>> = {
  none: "",
  rename: "",
  marker: ".done",
  manifest: ".sha256",
};

/** A checksum with the longest name takes a tenth of it. Whatever is larger is not read. */
const MOST_BYTES = 64 * 1024;

/** The ending of what commits a file; empty where nothing beside it does. */
export function commitEnding(rule: CommitRule, given: string | undefined): string {
  return rule === "marker" || rule === "manifest" ? (given ?? DEFAULT_ENDINGS[rule]) : "";
}

/** A file as it was seen, to tell whether a marker speaks of it. */
export interface MarkedFile {
  readonly identity: FileIdentity;
  /** How many names it has: one more or less changes its inode's time and nothing else. */
  readonly links: bigint;
  /** The marker that stood there while the file did not. */
  readonly lone: FileIdentity | undefined;
}

/** Looks for the producer's word on a file; without `file`, a marker's age is not asked. */
export async function readCommitRecord(
  path: string,
  rule: CommitRule,
  ending: string,
  file?: MarkedFile,
): Promise<CommitRecord> {
  if (rule === "none") return { kind: "open", evidence: "its producer has no way of saying that it is done" };
  if (rule === "rename") return { kind: "committed", evidence: "committed: it has its final name", sha256: undefined };
  const beside = basename(path) + ending;
  try {
    const stats = await lstat(path + ending, { bigint: true });
    if (!stats.isFile()) return { kind: "open", evidence: `${beside} is no regular file` };
    if (rule === "marker") {
      return file !== undefined && isOfAnother(identityOf(stats), file)
        ? { kind: "open", evidence: `${beside} is older than it, and speaks of what stood there before` }
        : { kind: "committed", evidence: `committed: ${beside} stands beside it`, sha256: undefined };
    }
    if (stats.size > MOST_BYTES) return { kind: "unreadable", evidence: `${beside} is too large`, trouble: "EFBIG" };
    const sha256 = /^\\?([0-9a-f]{64})(?:\s|$)/i.exec(await readFile(path + ending, "utf8"))?.[1]?.toLowerCase();
    return sha256 === undefined
      ? { kind: "open", evidence: `${beside} does not hold a SHA-256 yet` }
      : { kind: "committed", evidence: `committed: ${beside} tells its SHA-256`, sha256 };
  } catch (error) {
    const code = errorCode(error);
    // A name that nothing can have is not there either.
    if (code === "ENOENT" || code === "ENAMETOOLONG") return { kind: "open", evidence: `${beside} is not there` };
    return { kind: "unreadable", evidence: `${beside} cannot be read (${code})`, trouble: code };
  }
}

/**
 * Whether a marker was there before its file was what it is. Each of its times is compared with the like one: whoever copies both keeps the times of their content, and no one can put those of
 * their inodes back. A clock can: a marker that was seen alone stays one.
 */
function isOfAnother(marker: FileIdentity, { identity, links, lone }: MarkedFile): boolean {
  if (marker.mtimeNs < identity.mtimeNs || (links === 1n && marker.ctimeNs < identity.ctimeNs)) return true;
  return lone !== undefined && changedFields(lone, marker).length === 0;
}
