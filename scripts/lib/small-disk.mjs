// Disks that can really be full, for the suites against the world outside.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";

const MIB = 1024 * 1024;

/** Mounts one of memory; returns what unmounts it, and `undefined` where that needs somebody else: another user than root, another kernel. */
export function mountSmallDisk(path, options = "size=16m") {
  mkdirSync(path);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status !== 0) return undefined;
  return () => spawnSync("umount", ["-l", path]);
}

/** Takes what room there is, or so many bytes of it; returns what gives it back. */
export function fill(path, most = Number.POSITIVE_INFINITY) {
  const handle = openSync(path, "w");
  for (let written = 0, size = MIB; written < most && size >= 1;) {
    try {
      written += writeSync(handle, Buffer.alloc(size));
    } catch (error) {
      if (error.code !== "ENOSPC") throw error;
      size = Math.trunc(size / 2);
    }
  }
  closeSync(handle);
  return () => rmSync(path);
}

/** Content of a size, no two parts of it alike. */
export function contentOf(size) {
  return createHash("shake256", { outputLength: size }).update(String(size)).digest();
}

export function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}
