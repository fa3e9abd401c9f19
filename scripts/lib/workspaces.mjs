import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ readonly dir: string, readonly name: string, readonly isPrivate: boolean, readonly manifest: Record<string, any> }} Workspace
 */

/**
 * Every workspace below `root`, packages first.
 *
 * @param {string} root
 * @returns {Workspace[]}
 */
export function listWorkspaces(root) {
  return ["packages", "examples"].flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    return readdirSync(join(root, group))
      .map((folder) => join(group, folder))
      .filter((dir) => existsSync(join(root, dir, "package.json")))
      .map((dir) => {
        const manifest = JSON.parse(readFileSync(join(root, dir, "package.json"), "utf8"));
        return { dir, name: manifest.name, isPrivate: manifest.private === true, manifest };
      });
  });
}
