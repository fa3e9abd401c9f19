import { spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a run has made outside of itself, and takes away again however it ends: folders, mounts, child processes. */
export interface Workshop {
  /** A new empty folder. */
  folder(label: string): string;
  /** Removes a folder of this workshop. */
  clear(folder: string): void;
  /** A new folder with a file system of its own in memory; says why when the machine does not let us. */
  mountTmpfs(label: string, bytes: number): { readonly folder: string } | { readonly refused: string };
  unmount(folder: string): void;
  /** Ends this child with the run if it lives longer. */
  own(child: ChildProcess): void;
}

/** Makes the workshop; what it holds goes when the process exits, also by SIGINT and SIGTERM. With `keep` files stay, to be looked at. */
export function createWorkshop(options: { readonly keep: boolean }): Workshop {
  const root = mkdtempSync(join(tmpdir(), "plumbline-lab-"));
  const remove = (path: string): void => {
    if (!options.keep) rmSync(path, { recursive: true, force: true });
  };
  const children = new Set<ChildProcess>();
  const mounts = new Set<string>();
  let made = 0;

  const folder = (label: string): string => {
    made += 1;
    const path = join(root, `${made}-${label.replaceAll(/[^\w-]/g, "_")}`);
    mkdirSync(path);
    return path;
  };
  const unmount = (path: string): void => {
    if (mounts.delete(path)) spawnSync("umount", ["--lazy", path]);
  };

  process.once("exit", () => {
    for (const child of children) child.kill("SIGKILL");
    for (const path of mounts) unmount(path);
    remove(root);
    if (options.keep) process.stdout.write(`kept: ${root}\n`);
  });
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));

  return {
    folder,
    clear: remove,
    mountTmpfs(label, bytes) {
      const path = folder(label);
      const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path], {
        encoding: "utf8",
      });
      if (status !== 0) return { refused: error?.message ?? stderr.trim() };
      mounts.add(path);
      return { folder: path };
    },
    unmount,
    own(child) {
      children.add(child);
      child.once("exit", () => children.delete(child));
    },
  };
}
