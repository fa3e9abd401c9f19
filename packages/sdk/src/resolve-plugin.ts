import {
  type Clock,
  createRegistry,
  type Plugin,
  type PluginKind,
  type PluginRegistry,
  PlumblineError,
} from "@plumbline/core";
import { BUILT_IN_NAMES, BUILT_IN_PLUGINS } from "./built-in-plugins.ts";
import { nearestName } from "./config/nearest.ts";
import { type LoadedModule, type PluginFault, PluginLoader } from "./plugin-loader.ts";

/** Why a name in the config gives no plugin of the kind that is needed. */
export interface ResolveFault extends PluginFault {
  readonly nearest?: string | undefined;
}

/** A plugin, or why there is none. A fault that was told before, at another place, is not told again: then there are none. */
export type ResolvedPlugin =
  | { readonly plugin: Plugin; readonly faults: readonly [] }
  | { readonly plugin: undefined; readonly faults: readonly ResolveFault[] };

/** Finds the plugins that a config names. What nobody names is not loaded. */
export class PluginResolver {
  readonly #registry: PluginRegistry = createRegistry();
  readonly #loader: PluginLoader;

  constructor(clock: Clock) {
    this.#loader = new PluginLoader(this.#registry, clock);
    for (const plugin of BUILT_IN_PLUGINS) this.#registry.add(plugin, "@plumbline/sdk");
  }

  /** Takes a plugin that was given as an object. */
  add(plugin: unknown): readonly ResolveFault[] {
    try {
      this.#registry.add(plugin, "the code that calls start()");
      return [];
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      return [{ code: error.code, message: error.message }];
    }
  }

  /** Loads an entry of `plugins`, and with it every plugin that it exports. */
  async load(name: string, baseDir: string): Promise<readonly ResolveFault[]> {
    if (this.#registry.list().some(({ plugin }) => plugin.id === name)) return [];
    return (await this.#loader.load(name, baseDir)).faults;
  }

  /** Finds what `use` names: a built-in, a plugin that is there by its id, or a module, which is then loaded. */
  async find(kind: PluginKind, use: string, baseDir: string): Promise<ResolvedPlugin> {
    const id = BUILT_IN_NAMES.get(use) ?? use;
    const present = this.#registry.get(kind, id);
    if (present !== undefined) return { plugin: present, faults: [] };
    const other = this.#registry.list().find(({ plugin }) => plugin.id === id);
    if (other !== undefined) return none("PLB_PLUGIN_KIND_WRONG", `this is a ${other.plugin.kind}, not a ${kind}`);
    const module = await this.#loader.load(use, baseDir);
    if (module.faults.length > 0)
      return { plugin: undefined, faults: module.faults.map((fault) => this.#hint(fault, kind, use)) };
    return choose(module, kind, use);
  }

  #hint(fault: PluginFault, kind: PluginKind, use: string): ResolveFault {
    if (fault.code !== "PLB_PLUGIN_NOT_FOUND") return fault;
    const ids = this.#registry.list().filter(({ plugin }) => plugin.kind === kind);
    const short = [...BUILT_IN_NAMES].filter(([, id]) => ids.some(({ plugin }) => plugin.id === id));
    const nearest = nearestName(use, [...short.map(([name]) => name), ...ids.map(({ plugin }) => plugin.id)]);
    if (nearest === undefined) return fault;
    // Whoever mistyped a name must not be told to install what a stranger published under it.
    return { ...fault, message: fault.message.split(": npm install ", 1)[0] ?? fault.message, nearest };
  }
}

function choose({ plugins, exportName }: LoadedModule, kind: PluginKind, use: string): ResolvedPlugin {
  if (exportName !== undefined) {
    const named = plugins.get(exportName);
    if (named === undefined) {
      return none(
        "PLB_PLUGIN_NO_EXPORT",
        `the module has no plugin under this name`,
        nearestName(exportName, plugins.keys()),
      );
    }
    return named.kind === kind ? found(named) : none("PLB_PLUGIN_KIND_WRONG", `this is a ${named.kind}, not a ${kind}`);
  }
  const all = [...plugins];
  const fitting = all.filter(([, plugin]) => plugin.kind === kind);
  const byId = fitting.find(([, plugin]) => plugin.id === use);
  const only = byId ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (only !== undefined) return found(only[1]);
  if (fitting.length > 1) {
    const names = fitting.map(([name]) => `${use}#${name}`).join(" or ");
    return none("PLB_PLUGIN_AMBIGUOUS", `the module exports several of kind ${kind}: say ${names}`);
  }
  if (all.length === 0) return { plugin: undefined, faults: [] };
  const kinds = [...new Set(all.map(([, plugin]) => plugin.kind))].join(", ");
  return none("PLB_PLUGIN_KIND_WRONG", `the module exports no ${kind}, only ${kinds}`);
}

function found(plugin: Plugin): ResolvedPlugin {
  return { plugin, faults: [] };
}

function none(code: string, message: string, nearest?: string): ResolvedPlugin {
  return { plugin: undefined, faults: [{ code, message, nearest }] };
}
