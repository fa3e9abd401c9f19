import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** What is installed, compiled or measured is not the project's text. */
const SKIPPED = new Set(["node_modules", "dist", ".git", ".turbo", "reports", "coverage", "temp", "telemetry"]);

/**
 * Every file below `root`, as a path relative to it with forward slashes, sorted.
 *
 * @param {string} root
 * @param {string} [from]
 * @returns {string[]}
 */
export function listFiles(root, from = root) {
  return readdirSync(from, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(from, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listFiles(root, path);
      return entry.isFile() && !entry.name.endsWith(".tsbuildinfo") ? [relative(root, path).split(sep).join("/")] : [];
    })
    .sort();
}
