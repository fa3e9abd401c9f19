import { watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@plumbline/core";
import { sha256Of } from "./scene.ts";

/** What somebody at the far side took for a whole file, when it believed that it was. */
export interface Sighting {
  readonly observer: string;
  readonly name: string;
  readonly sha256: string;
}

/** How an observer decides that a file is there: its ways are those of the field. */
export type ObserverKind = "size" | "mtime" | "watermark" | "events" | "first-sight";

/** Looks at a folder as somebody does who knows nothing of manifests, until it is stopped; then resolves with what it took. */
export function observe(folder: string, kind: ObserverKind): { stop(): Promise<readonly Sighting[]> } {
  const sightings: Sighting[] = [];
  const taken = new Set<string>();
  const before = new Map<string, number>();
  const hinted = new Set<string>();
  let watermarkMs = 0;
  let isStopped = false;
  const watcher = kind === "events" ? watch(folder, (_event, name) => hinted.add(name ?? "")) : undefined;

  const believes = async (name: string): Promise<boolean> => {
    if (kind === "first-sight" || kind === "events") return true;
    const { size, mtimeMs } = await stat(join(folder, name));
    if (kind === "watermark") {
      if (mtimeMs <= watermarkMs) return false;
      watermarkMs = mtimeMs;
      return true;
    }
    const value = kind === "size" ? size : mtimeMs;
    const isQuiet = before.get(name) === value && size > 0;
    before.set(name, value);
    return isQuiet;
  };
  const look = async (): Promise<void> => {
    const names = (await readdir(folder)).filter((name) => !name.startsWith(".") && !taken.has(name));
    // By time, as who lists by a watermark does.
    const timed = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
    );
    for (const { name } of timed.sort((a, b) => a.at - b.at)) {
      if (kind === "events" && !hinted.has(name)) continue;
      if (!(await believes(name))) continue;
      taken.add(name);
      sightings.push({ observer: kind, name, sha256: sha256Of(await readFile(join(folder, name))) });
    }
  };
  const looking = (async () => {
    for (let rest = 2; rest > 0;) {
      if (isStopped) rest -= 1; // once more, for what came last
      try {
        await look();
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await looking;
      watcher?.close();
      return sightings;
    },
  };
}
