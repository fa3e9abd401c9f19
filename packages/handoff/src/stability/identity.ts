import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { errorCode } from "@plumbline/core";

/** What a file is known by: none of it may change from the judgement to the publishing. Size and time alone can be put back; the inode's change time cannot. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

const FIELDS = ["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const;

export function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs, ctimeNs };
}

/** The names of what differs; empty when nothing does. */
export function changedFields(before: FileIdentity, after: FileIdentity): readonly string[] {
  return FIELDS.filter((field) => before[field] !== after[field]);
}

/** One text for one identity. */
export function identityText(identity: FileIdentity): string {
  return FIELDS.map((field) => identity[field].toString(36)).join("-");
}

/** Of what stands at a path, links not followed; `undefined` where nothing does. */
export async function identityAt(path: string): Promise<FileIdentity | undefined> {
  try {
    return identityOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
