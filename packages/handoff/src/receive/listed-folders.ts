import { readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { errorCode } from "@plumbline/core";

/** Which names stand below a folder. Each folder is listed once, when a name in it is first asked for: files that were taken leave it empty. */
export class ListedFolders {
  readonly #root: string;
  readonly #folders = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** A folder that cannot be listed may hold anything. */
  async have(name: string): Promise<boolean> {
    const folder = posix.dirname(name);
    const listed = this.#folders.get(folder) ?? listOf(join(this.#root, folder));
    this.#folders.set(folder, listed);
    try {
      return (await listed).has(posix.basename(name));
    } catch (error) {
      return errorCode(error) !== "ENOENT";
    }
  }
}

async function listOf(path: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(path));
}
