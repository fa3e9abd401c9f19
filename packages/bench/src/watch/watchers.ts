import { readFileSync, watch as watchNatively } from "node:fs";
import { basename, dirname, extname } from "node:path";
import parcel from "@parcel/watcher";
import { createReloader } from "@plumbline/watch";
import { watchConfig } from "c12";
import { watch as watchByChokidar } from "chokidar";
import { versionIn, versionOf, type Version } from "./versioned-file.ts";

/** Something that puts a file's content in force when it changes. */
export interface Watcher {
  readonly name: string;
  /** Resolves when it watches, with what ends it. */
  readonly start: (path: string, apply: (version: Version) => void) => Promise<() => unknown>;
}

/** What a service does on an event: it reads the file and takes what it gets, but not nothing. */
function readAndApply(path: string, apply: (version: Version) => void): () => void {
  return () => {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch {
      return; // it is gone, and the next event will tell
    }
    if (text !== "") apply(versionIn(text));
  };
}

export const OURS = "plumbline";
export const OURS_POLLING = "plumbline, polling";

function ours(name: string, hints: "events" | "none"): Watcher {
  return {
    name,
    async start(path, apply) {
      const reloader = createReloader<Version>({
        files: [path],
        hints,
        metrics: false,
        // What is measured is the way of one edit: no cap on many in a row.
        rate: { burst: 1_000_000 },
        load: ({ content }) => versionIn(content.toString()),
        apply,
      });
      await reloader.start();
      return () => reloader.close();
    },
  };
}

function chokidar(name: string, watched: (path: string) => string): Watcher {
  return {
    name,
    async start(path, apply) {
      const watcher = watchByChokidar(watched(path), { ignoreInitial: true });
      await new Promise<void>((resolve) => watcher.once("ready", resolve));
      watcher.on("all", readAndApply(path, apply));
      return () => watcher.close();
    },
  };
}

function native(name: string, watched: (path: string) => string): Watcher {
  return {
    name,
    start(path, apply) {
      const watcher = watchNatively(watched(path), readAndApply(path, apply));
      return Promise.resolve(() => watcher.close());
    },
  };
}

const parcelWatcher: Watcher = {
  name: "@parcel/watcher",
  async start(path, apply) {
    const take = readAndApply(path, apply);
    const subscription = await parcel.subscribe(dirname(path), () => take());
    return () => subscription.unsubscribe();
  },
};

const c12: Watcher = {
  name: "c12",
  async start(path, apply) {
    const watched = await watchConfig({
      cwd: dirname(path),
      configFile: basename(path, extname(path)),
      rcFile: false,
      globalRc: false,
      packageJson: false,
      onUpdate: ({ newConfig }) => apply(versionOf(newConfig.config)),
    });
    return () => watched.unwatch();
  },
};

/** Ours first: the others are beside it. */
export const WATCHERS: readonly Watcher[] = [
  ours(OURS, "events"),
  ours(OURS_POLLING, "none"),
  chokidar("chokidar 5, file", (path) => path),
  chokidar("chokidar 5, directory", dirname),
  native("fs.watch, file", (path) => path),
  native("fs.watch, directory", dirname),
  parcelWatcher,
  c12,
];
