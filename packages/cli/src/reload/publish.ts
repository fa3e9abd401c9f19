import { mkdir, readFile, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";
import { writeFileAtomic } from "@plumbline/watch";
import type { OutputDirectory, OutputFile, Rendered } from "./render.ts";

/**
 * Lists the files of an output directory that are the sidecar's own: those alone may be removed with their input, also by a later process. A name that no glob of
 * a target's is likely to match.
 */
const MANIFEST = ".plumbline-outputs";

/** What stood in the outputs. */
export type Snapshot = Pick<Rendered, "file" | "directories">;

/** Writes outputs: each file whole, only those that differ, then removes what has no input any more. Calls must not overlap. */
export class OutputPublisher {
  readonly #mode: number;

  constructor(mode: number) {
    this.#mode = mode;
  }

  /** Rejects with `PLB_WATCH_WRITE_FAILED`, or as `mkdir`, `readFile` and `unlink` do; what was written until then stays, and the next call goes on. */
  async publish({ file, directories }: Snapshot): Promise<void> {
    for (const directory of directories) await this.#publishDirectory(directory);
    // Last: it may name the others.
    if (file !== undefined) {
      await mkdir(dirname(file.path), { recursive: true });
      await this.#write(file);
    }
  }

  /** What stands where these outputs would be written, to go back to; nothing for what is not there. */
  async snapshot({ file, directories }: Snapshot): Promise<Snapshot> {
    const stands = file === undefined ? undefined : await found(file.path);
    const before: OutputDirectory[] = [];
    for (const { path } of directories) {
      const names = await manifest(path);
      if (names === undefined) continue;
      const files = await Promise.all(names.map((name) => found(join(path, name))));
      before.push({ path, files: files.filter((each) => each !== undefined) });
    }
    return { file: stands, directories: before };
  }

  async #publishDirectory({ path, files }: OutputDirectory): Promise<void> {
    await mkdir(path, { recursive: true });
    const names = files.map((file) => basename(file.path)).sort();
    const listed = (await manifest(path)) ?? [];
    // Before the files: what is not listed when this process dies would never be removed.
    await this.#list(path, [...new Set([...listed, ...names])].sort());
    for (const file of files) await this.#write(file);
    for (const name of listed) if (!names.includes(name)) await remove(join(path, name));
    await this.#list(path, names);
  }

  async #list(path: string, names: readonly string[]): Promise<void> {
    await this.#write({ path: join(path, MANIFEST), content: Buffer.from(names.map((name) => `${name}\n`).join("")) });
  }

  async #write({ path, content }: OutputFile): Promise<void> {
    const there = await found(path);
    if (there?.content.equals(content) === true) return;
    await writeFileAtomic(path, content, there === undefined ? { mode: this.#mode } : {});
  }
}

async function found(path: string): Promise<OutputFile | undefined> {
  try {
    return { path, content: await readFile(path) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Names alone, whatever somebody has written into it. */
async function manifest(directory: string): Promise<readonly string[] | undefined> {
  const listed = await found(join(directory, MANIFEST));
  if (listed === undefined) return undefined;
  return listed.content
    .toString("utf8")
    .split("\n")
    .filter((name) => name !== "" && name === basename(name) && name !== "." && name !== "..");
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
