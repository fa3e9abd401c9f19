import { diag } from "@opentelemetry/api";
import { createSystemClock, type PlumblineError } from "@plumbline/core";
import { LastGoodStore } from "./last-good.ts";
import { toReloaderSettings } from "./reloader-settings.ts";
import { ConfigReloader } from "./config-reloader.ts";
import type { Reloader } from "./reloader.ts";
import type { ReloaderOptions } from "./reloader-options.ts";
import { watchError } from "./watch-error.ts";
import { watchFiles } from "./watch-files.ts";

/**
 * Keeps a config in force that is made of watched files: each generation is loaded, validated and applied, one at a time, the newest first; what fails leaves the last good one
 * in force, and on disk. Nothing happens before `start()`. Throws `PLB_WATCH_OPTION_INVALID`.
 */
export function createReloader<Config>(options: ReloaderOptions<Config>): Reloader<Config> {
  const { clock = createSystemClock(), diagnostics = diag, lastGood } = options;
  return new ConfigReloader(options, {
    clock,
    diagnostics,
    settings: toReloaderSettings(options),
    store: lastGood === undefined ? undefined : new LastGoodStore(lastGood.path, options),
    watch: (listeners) => watchFiles({ ...options, ...listeners, clock, diagnostics }),
  });
}

/**
 * The error by which `apply` says that the target has refused the config for good: the same content is not tried again. A trigger throws it where the target says so.
 */
export function rejectedByTarget(message: string, options: { readonly cause?: unknown } = {}): PlumblineError {
  return watchError("PLB_WATCH_REJECTED", { message, cause: options.cause });
}
