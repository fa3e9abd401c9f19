import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { errorCode } from "@plumbline/core";
import type { DestinationFixture } from "./destination-scene.ts";

/** What somebody sees and does in a folder that files are handed on to. */
export type FolderView = Pick<DestinationFixture, "visible" | "read" | "put" | "staged">;

/**
 * The view of a folder of this machine, for the far side of a destination that publishes there: files, without what stands below `controlName`, and without
 * markers (`.ready`). Stagings are what stands in `staging` below that.
 */
export function viewOfFolder(path: string, controlName: string): FolderView {
  return {
    visible: async () => {
      const files: string[] = [];
      for (const name of await namesIn(path, true)) {
        if (name.split("/")[0] === controlName || name.endsWith(".ready")) continue;
        if ((await lstat(join(path, name))).isFile()) files.push(name);
      }
      return files;
    },
    read: async (name) => {
      try {
        return await readFile(join(path, name));
      } catch (error) {
        if (errorCode(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    put: async (name, content) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    },
    staged: async () => (await namesIn(join(path, controlName, "staging"), false)).length,
  };
}

async function namesIn(path: string, recursive: boolean): Promise<readonly string[]> {
  try {
    return (await readdir(path, { recursive })).map((name) => relative(path, join(path, name)));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
