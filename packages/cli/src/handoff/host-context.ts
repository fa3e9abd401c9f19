import type { PluginContext } from "@plumbline/core";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";

/** What a plugin that a command runs by itself is given; `dataDir` is the folder that its host has for it, if there is one. */
export function hostContext(console: Console, name: string, baseDir: string, dataDir?: string): PluginContext {
  const warn = (message: string): void => console.err.say(`plumbline: ${safeText(message)}\n`);
  const quiet = (): void => undefined;
  return {
    name,
    clock: console.clock,
    diagnostics: { error: warn, warn, info: quiet, debug: quiet, verbose: quiet },
    resource: {},
    dataDir,
    baseDir,
    journal: undefined,
    signal: new AbortController().signal,
  };
}
