import { createHash } from "node:crypto";
import { errorCode, type Clock } from "@plumbline/core";
import { isSameIdentity, type FileIdentity, type FileSystem } from "./file-system.ts";
import type { WatchedFile } from "./generation.ts";
import { watchError } from "./watch-error.ts";
import type { WatchSettings } from "./watch-settings.ts";

interface IncludePorts extends WatchSettings {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
}

/** One file by itself, settled, or without content where it is not there. Rejects as `include` does. */
export async function readIncluded(path: string, ports: IncludePorts): Promise<WatchedFile> {
  const { fileSystem, clock, settleMs, maxSettleMs, maxFileBytes } = ports;
  const endMs = clock.monotonicMs() + maxSettleMs;
  for (let last: FileIdentity | undefined; ;) {
    const identity = await identify(fileSystem, path);
    if (identity === undefined) return included(path, undefined);
    const restedNs = BigInt(clock.nowMicros() - settleMs * 1000) * 1000n;
    const isOver = clock.monotonicMs() >= endMs;
    const hasRested = identity.ctimeNs < restedNs || (last !== undefined && isSameIdentity(last, identity));
    if (hasRested || isOver) {
      const content = await read(fileSystem, path, identity, maxFileBytes);
      if (content !== undefined) return included(path, content);
      if (isOver) {
        throw watchError("PLB_WATCH_UNSETTLED", {
          message: `${path} changes each time it is read.`,
          details: { path },
        });
      }
    }
    last = identity;
    await new Promise<void>((resolve) => void clock.setTimer(resolve, settleMs));
  }
}

function included(path: string, content: Buffer | undefined): WatchedFile {
  const sha256 = content === undefined ? undefined : createHash("sha256").update(content).digest("hex");
  return { path, directory: undefined, isIncluded: true, content, sha256 };
}

async function identify(fileSystem: FileSystem, path: string): Promise<FileIdentity | undefined> {
  try {
    return await fileSystem.identify(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, errorCode(error), error);
  }
}

/** `undefined` when it changed meanwhile. */
async function read(
  fileSystem: FileSystem,
  path: string,
  identity: FileIdentity,
  maxFileBytes: number,
): Promise<Buffer | undefined> {
  if (identity.kind !== "file") throw unreadable(path, identity.kind === "directory" ? "EISDIR" : "ENOTREG");
  try {
    const { content, before, after } = await fileSystem.read(path, maxFileBytes);
    if (content.length > maxFileBytes) {
      throw watchError("PLB_WATCH_TOO_LARGE", {
        message: `${path} is larger than the watch may read.`,
        details: { path },
      });
    }
    return isSameIdentity(before, identity) && isSameIdentity(after, identity) ? content : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw errorCode(error) === "PLB_WATCH_TOO_LARGE" ? error : unreadable(path, errorCode(error), error);
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}

function unreadable(path: string, code: string, cause?: unknown): Error {
  return watchError("PLB_WATCH_UNREADABLE", {
    message: `${path} cannot be read: ${code}.`,
    cause,
    details: { path, code },
  });
}
