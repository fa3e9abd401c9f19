import { diag } from "@opentelemetry/api";
import { createSystemClock } from "@plumbline/core";
import { createNodeFileSystem } from "./file-system.ts";
import { createChokidarHints, createNoHints } from "./hints.ts";
import { Watch } from "./watch.ts";
import type { FileWatcher, WatchFilesOptions } from "./watch-options.ts";
import { toWatchSettings } from "./watch-settings.ts";

/**
 * Watches files: the last content, once. Events of the file system are hints to look, never the truth; that is what two looks and a read between them agree on, and an
 * interval looks without any hint. Nothing happens before `start()`. Throws `PLB_WATCH_OPTION_INVALID`.
 */
export function watchFiles(options: WatchFilesOptions): FileWatcher {
  const settings = toWatchSettings(options);
  const { clock = createSystemClock(), diagnostics = diag, hints = "events" } = options;
  return new Watch(options, settings, {
    fileSystem: createNodeFileSystem(),
    clock,
    diagnostics,
    createHints: (listener) => (hints === "none" ? createNoHints() : createChokidarHints(clock, listener)),
  });
}
