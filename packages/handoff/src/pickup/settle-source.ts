import { lstat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";
import { removeIfThere, syncFolder } from "../directory/durable-files.ts";
import { changedFields, type FileIdentity, identityOf } from "../stability/identity.ts";
import { compressIntoArchive, expectArchiveApart, isInArchive, linkIntoArchive } from "./archive.ts";

/** What becomes of a file once its delivery was confirmed. */
export type AfterDelivery = "keep" | "delete" | "move" | "compress";

/** What is done with delivered files, and where. */
export interface SettlePolicy {
  readonly after: AfterDelivery;
  /** The folder for what is moved or compressed; of the source's file system. */
  readonly archive: string;
}

/** A delivered file and what it was delivered as. */
export interface DeliveredSource {
  readonly path: string;
  /** Relative, with `/`. */
  readonly name: string;
  readonly identity: FileIdentity;
  /** What stands beside it and commits it, and goes with it. */
  readonly companion: string | undefined;
}

/** Sees that what is put into the archive is not picked up again. Rejects with `PLB_HANDOFF_OPTIONS_INVALID`. */
export async function expectArchiveFor({
  after,
  archive,
  path,
  isRecursive,
}: SettlePolicy & { readonly path: string; readonly isRecursive: boolean }): Promise<void> {
  if (after === "move" || after === "compress") await expectArchiveApart(archive, path, isRecursive);
}

/** The same while it runs, for the archive, or a link to it, may be made later. An archive that cannot be looked at is what settling a file tells of. */
export async function expectArchiveStillFor(policy: Parameters<typeof expectArchiveFor>[0]): Promise<void> {
  try {
    await expectArchiveFor(policy);
  } catch (error) {
    if (errorCode(error) === "PLB_HANDOFF_OPTIONS_INVALID") throw error;
  }
}

type Fields = readonly (keyof FileIdentity)[];

/** A link changes the inode's time. */
const BUT_CTIME: Fields = ["dev", "ino", "size", "mtimeNs"];

/**
 * Does with a delivered file what the policy says, if it still is the file that was delivered; else leaves it, and what commits it, to be judged anew. Safe to repeat: what was
 * done before a crash is found done. What commits a file goes first, so that it never commits a file that comes later under the same name.
 */
export async function settleSource(source: DeliveredSource, policy: SettlePolicy): Promise<void> {
  const { path, name, companion } = source;
  if (policy.after === "keep" || !(await isStill(source))) return;
  if (policy.after !== "delete") {
    const target = join(policy.archive, ...name.split("/"));
    if (policy.after === "compress") await compressIntoArchive(path, `${target}.gz`, () => isStill(source));
    else await moveInto(source, target);
  }
  if (!(await isStill(source, BUT_CTIME))) return;
  if (companion !== undefined && (await removeIfThere(companion))) await syncFolder(dirname(path));
  await unlink(path);
  await syncFolder(dirname(path));
}

/** Whether an earlier run has put a file into the archive, and ended before it took it away here. Where that cannot be told, it is handed on once more. */
export async function isPutAway(
  { name, identity }: Pick<DeliveredSource, "name" | "identity">,
  { after, archive }: SettlePolicy,
): Promise<boolean> {
  if (after !== "move") return false;
  return isInArchive(join(archive, ...name.split("/")), identity).catch(() => false);
}

/** What was linked may be a file that has just come under the name: then it is taken out again. */
async function moveInto(source: DeliveredSource, target: string): Promise<void> {
  const { place, isNew } = await linkIntoArchive(source.path, target);
  if (isNew && !(await isStill({ ...source, path: place }, BUT_CTIME))) await unlink(place);
}

async function isStill({ path, identity }: DeliveredSource, fields?: Fields): Promise<boolean> {
  try {
    const changed = changedFields(identity, identityOf(await lstat(path, { bigint: true })));
    return fields === undefined ? changed.length === 0 : !fields.some((field) => changed.includes(field));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
