import {
  createPluginInstance,
  type Destination,
  parsePluginOptions,
  type Plugin,
  type PluginContext,
} from "@plumbline/core";
import { directory } from "../directory/directory-destination.ts";
import { type DestinationInput, loadPlugin, readAddress } from "./load-plugin.ts";

/**
 * Makes the destination that a config or a command line names. A plugin is loaded from the project in `context.baseDir`, else from beside this package.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is no such plugin, with `PLB_PLUGIN_OPTIONS_INVALID` where its options do not fit.
 */
export async function loadDestination(input: DestinationInput, context: PluginContext): Promise<Destination> {
  const { plugin, options } = await destinationPlugin(input, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options, context), context);
}

/** The plugin that a destination's name stands for, and the options that it is given. Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is none. */
export async function destinationPlugin(
  input: DestinationInput,
  baseDir: string,
): Promise<{ readonly plugin: Plugin<"destination">; readonly options: Readonly<Record<string, unknown>> }> {
  const given = typeof input === "string" ? (readAddress(input) ?? { use: directory.id, path: input }) : input;
  const { use, ...options } = given;
  if (use === "directory" || use === directory.id) return { plugin: directory, options };
  return { plugin: await loadPlugin("destination", use, baseDir), options };
}
