import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "@plumbline/core";

/**
 * Makes a folder and those above it, private to the user, where they are missing. Not by `recursive`: that never returns where
 * the system says ENOENT for a folder whose parent is there, as in /proc (seen with Node 20.20).
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path) throw error;
    makeDirectory(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}
