import { createHash } from "node:crypto";
import { readFileSync, statfsSync } from "node:fs";
import { hostname } from "node:os";

/** Where a proof of ownership was made, as far as another process may judge it. */
export interface HostIdentity {
  /** The same for all processes of one running kernel, in every container on it; short and safe in a file name. */
  readonly tag: string;
  /** Whether only this host can have the folder mounted, so that a proof of another boot is one of an earlier boot. */
  isLocal(directory: string): boolean;
}

// statfs(2): file systems that one kernel alone can have mounted for writing.
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x858458f6, // ramfs
]);

/**
 * This host. Linux gives every boot an id (random(4), boot_id), which containers share and hosts do not; where there is
 * none, the host's name stands for it.
 */
export function createHostIdentity(): HostIdentity {
  return {
    tag: createHash("sha256")
      .update(bootId() ?? hostname())
      .digest("hex")
      .slice(0, 16),
    isLocal(directory): boolean {
      return process.platform === "linux" && LOCAL_FILE_SYSTEMS.has(statfsSync(directory).type);
    },
  };
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined; // no Linux, or /proc is not there
  }
}
