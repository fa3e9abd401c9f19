import { createReadStream, createWriteStream } from "node:fs";
import { link, lstat, mkdir, readdir, stat, unlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Clock, errorCode } from "@plumbline/core";
import { removeIfThere, syncFolder } from "../directory/durable-files.ts";
import { changedFields, type FileIdentity, identityOf } from "../stability/identity.ts";

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

/**
 * Does with a delivered file what the policy says, if it still is the file that was delivered; else leaves it to be judged anew. Safe to repeat: what was done
 * before a crash is found done.
 */
export async function settleSource(source: DeliveredSource, policy: SettlePolicy): Promise<void> {
  if (policy.after === "keep" || !(await isStill(source))) return;
  if (policy.after !== "delete") {
    const target = join(policy.archive, ...source.name.split("/"));
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (policy.after === "compress") await compressTo(source.path, `${target}.gz`);
    else await linkTo(source.path, target);
  }
  // A link changes the inode's time, so only its number and size are compared here.
  if (await isStill(source, ["dev", "ino", "size", "mtimeNs"])) await unlink(source.path);
  if (source.companion !== undefined) await removeIfThere(source.companion);
  await syncFolder(dirname(source.path));
}

/** Removes what has been in the archive for longer than this; resolves with how many files it were. */
export async function sweepArchive(archive: string, keepForMs: number, clock: Clock): Promise<number> {
  const oldestMs = clock.nowMicros() / 1000 - keepForMs;
  let count = 0;
  for (const name of await namesBelow(archive)) {
    const path = join(archive, name);
    const stats = await stat(path);
    if (stats.isFile() && stats.mtimeMs < oldestMs && (await removeIfThere(path))) count += 1;
  }
  return count;
}

async function namesBelow(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

async function isStill(
  { path, identity }: DeliveredSource,
  fields: readonly string[] = ["dev", "ino", "size", "mtimeNs", "ctimeNs"],
): Promise<boolean> {
  try {
    const changed = changedFields(identity, identityOf(await lstat(path, { bigint: true })));
    return !changed.some((field) => fields.includes(field));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** A second file of the same name is kept beside the first; one that is the same file already was put there before a crash. */
async function linkTo(path: string, target: string): Promise<void> {
  for (let copy = 0; ; copy++) {
    const free = copy === 0 ? target : `${target}.${copy}`;
    try {
      await link(path, free);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      const [there, here] = await Promise.all([lstat(free), lstat(path)]);
      if (there.ino !== here.ino || there.dev !== here.dev) continue;
    }
    await syncFolder(dirname(free));
    return;
  }
}

async function compressTo(path: string, target: string): Promise<void> {
  const temp = `${target}.tmp`;
  await removeIfThere(temp);
  await pipeline(
    createReadStream(path),
    createGzip(),
    createWriteStream(temp, { flags: "wx", mode: 0o600, flush: true }),
  );
  const { atime, mtime } = await stat(path);
  await utimes(temp, atime, mtime);
  await linkTo(temp, target);
  await unlink(temp);
}
