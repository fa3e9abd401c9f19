import { join } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { createHostIdentity } from "./host-identity.ts";
import { claimNamedPipe } from "./named-pipe.ts";
import { createNodeFileDriver } from "./node-file-driver.ts";
import { claimOwnership, isOwned } from "./ownership.ts";

/** The right to a name beside a journal, for as long as this process lives or until it is released. */
export interface Lease {
  /** `false` where the file system has no sockets, so that nobody can prove anything. */
  readonly isProven: boolean;
  release(): Promise<void>;
}

const DIRECTORY_MODE = 0o700;

/**
 * Claims a name beside a journal, by the same proof of life as the journal's own file; `undefined` when a process that may live has it. `name` is that of a
 * file, as `checkout.lease-collector`; nothing of this name is made but a folder `.<name>.own`. Rejects with `PLB_FILE_NO_ACCESS`,
 * `PLB_FILE_DISK_FULL`, `PLB_FILE_PATH_TOO_LONG` or `PLB_FILE_OWNERSHIP_FAILED`.
 */
export async function claimLease({ directory }: JournalLocation, name: string): Promise<Lease | undefined> {
  const place = { directory, stem: name, path: join(directory, name) };
  const ownership = await (process.platform === "win32"
    ? claimNamedPipe(place)
    : claimOwnership(place, createNodeFileDriver(), createHostIdentity(), DIRECTORY_MODE));
  return ownership && { isProven: ownership.proof === "socket", release: () => ownership.release() };
}

/** Whether somebody who may live writes the journal's file, as far as can be proved from here. */
export function isJournalOwned(location: JournalLocation): Promise<boolean> {
  return isOwned(location, createNodeFileDriver(), createHostIdentity());
}
