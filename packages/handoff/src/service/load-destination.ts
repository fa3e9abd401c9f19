import { createPluginInstance, type Destination, parsePluginOptions, type PluginContext } from "@plumbline/core";
import { directory } from "../directory/directory-destination.ts";
import { type DestinationInput, loadPlugin, readAddress } from "./load-plugin.ts";

/**
 * Makes the destination that a config or a command line names. A plugin is loaded from the project in `context.baseDir`, else from beside this package.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is no such plugin, with `PLB_PLUGIN_OPTIONS_INVALID` where its options do not fit.
 */
export async function loadDestination(input: DestinationInput, context: PluginContext): Promise<Destination> {
  const given = typeof input === "string" ? (readAddress(input) ?? { use: directory.id, path: input }) : input;
  const { use, ...options } = given;
  if (use === "directory" || use === directory.id) {
    return createPluginInstance(directory, await parsePluginOptions(directory, options), context);
  }
  const plugin = await loadPlugin("destination", use, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options), context);
}
