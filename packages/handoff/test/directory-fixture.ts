import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { errorCode } from "@plumbline/core";
import type { DestinationFixture } from "@plumbline/testing";
import { CONTROL_FOLDER } from "../src/index.ts";

/** A folder that is a far side, and what somebody there sees. */
export interface FolderFixture extends DestinationFixture {
  readonly path: string;
  readonly control: string;
}

export async function createFolderFixture(options: Readonly<Record<string, unknown>> = {}): Promise<FolderFixture> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-handoff-"));
  const path = join(base, "far-side");
  const control = join(path, CONTROL_FOLDER);
  const staging = join(control, "staging");
  return {
    path,
    control,
    options: { path, ...options },
    visible: async () => {
      const files: string[] = [];
      for (const name of await namesIn(path, true)) {
        if (name.split("/")[0] === CONTROL_FOLDER || name.endsWith(".ready")) continue;
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
    staged: async () => (await namesIn(staging, false)).length,
    close: () => rm(base, { recursive: true, force: true }),
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
