import type { Plugin, PluginKind } from "./plugin.ts";

/**
 * Gives the plugin back as it is: `kind` and `options` are inferred, so `create` is checked against both.
 * Nothing is validated here; a registry does that, whichever way the object was made.
 */
export function definePlugin<const Kind extends PluginKind, Options = undefined>(
  plugin: Plugin<Kind, Options>,
): Plugin<Kind, Options> {
  return plugin;
}
