import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createPluginInstance,
  type Destination,
  errorCode,
  parsePluginOptions,
  type Plugin,
  type PluginContext,
} from "@plumbline/core";
import { directory } from "../directory/directory-destination.ts";
import { handoffError } from "../handoff-error.ts";

/** Where files go: a folder's path, an address (`sftp://host/path` is for `@plumbline/handoff-sftp`), or a plugin and its options. */
export type DestinationInput = string | { readonly use: string; readonly [option: string]: unknown };

/**
 * Makes the destination that a config or a command line names. A plugin is loaded from the project in `context.baseDir`, else from beside this package.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is no such plugin, with `PLB_PLUGIN_OPTIONS_INVALID` where its options do not fit.
 */
export async function loadDestination(input: DestinationInput, context: PluginContext): Promise<Destination> {
  const { use, ...options } = typeof input === "string" ? readAddress(input) : input;
  if (use === "directory" || use === directory.id) {
    return createPluginInstance(directory, await parsePluginOptions(directory, options), context);
  }
  const plugin = await loadPlugin(use, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options), context);
}

function readAddress(text: string): { readonly use: string; readonly [option: string]: unknown } {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(text)?.[1];
  if (scheme === undefined) return { use: directory.id, path: text };
  return { use: `@plumbline/handoff-${scheme}`, url: text };
}

async function loadPlugin(use: string, baseDir: string): Promise<Plugin<"destination">> {
  let module: unknown;
  try {
    module = await import(resolveFrom(baseDir, use) ?? use);
  } catch (cause) {
    throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", {
      message: `${use} cannot be loaded (${errorCode(cause)}). Run npm install ${use}.`,
      cause,
    });
  }
  const exported: readonly unknown[] = Object.values(module ?? {});
  const plugin = exported.find(isDestinationPlugin);
  if (plugin !== undefined) return plugin;
  throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", { message: `${use} has no destination.` });
}

function resolveFrom(baseDir: string, use: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(baseDir, "package.json")).resolve(use)).href;
  } catch {
    return undefined; // not in this project: it may stand beside this package
  }
}

function isDestinationPlugin(value: unknown): value is Plugin<"destination"> {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "destination" && "create" in value
  );
}
