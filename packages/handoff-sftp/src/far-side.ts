import { posix } from "node:path";

/** Where an SFTP destination keeps what, on the server. */
export interface FarPlaces {
  readonly root: string;
  readonly control: string;
  readonly staging: string;
  readonly manifests: string;
}

/** What the server was found to do, by doing it. */
export interface FarAbilities {
  /** `fsync@openssh.com`. */
  readonly syncs: boolean;
  /** The same for a folder. */
  readonly syncsFolders: boolean;
  /** `posix-rename@openssh.com`, from the staging folder into the destination's, over what stands there. */
  readonly renames: boolean;
  /** `hardlink@openssh.com`, likewise, and refused where something stands there. */
  readonly links: boolean;
  readonly freeBytes: number | undefined;
  /** Whether setting a file's size to what it is sets its time of change to the server's "now", in the server's own resolution. */
  readonly stampsItself: boolean;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  readonly clockAheadMs: number;
}

export function farPlacesOf(root: string, control: string): FarPlaces {
  return { root, control, staging: posix.join(control, "staging"), manifests: posix.join(control, "manifests") };
}
