import {
  type Clock,
  createRegistry,
  type Plugin,
  type PluginKind,
  type PluginRegistry,
  PlumblineError,
} from "@plumbline/core";
import { BUILT_IN_NAMES, BUILT_IN_PLUGINS } from "./built-in-plugins.ts";
import { CONDITION_SCHEMAS, createConditions } from "./conditions/built-in-conditions.ts";
import { conditionId } from "./conditions/condition-plugin.ts";
import type { HostFacts } from "./conditions/host-facts.ts";
import { CONDITION_WORDS } from "./conditions/read-conditions.ts";
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
  /** Objects that were no plugins: what names one of their ids is not told to install it. */
  readonly #refused = new Map<unknown, string | undefined>();

  constructor(clock: Clock, facts: HostFacts) {
    this.#loader = new PluginLoader(this.#registry, clock);
    for (const plugin of [...BUILT_IN_PLUGINS, ...createConditions(facts)]) {
      this.#registry.add(plugin, "@plumbline/sdk");
    }
  }

  /** Takes a plugin that was given as an object. One that stands at several places is told of once. */
  add(plugin: unknown): readonly ResolveFault[] {
    if (this.#refused.has(plugin)) return [];
    try {
      this.#registry.add(plugin, "the code that calls start()");
      return [];
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      this.#refused.set(plugin, idOf(plugin));
      return [{ code: error.code, message: error.message }];
    }
  }

  /** The plugin of this kind that needs no module: a built-in one, or one that is loaded already. */
  present(kind: PluginKind, use: string): Plugin | undefined {
    return this.#registry.get(kind, BUILT_IN_NAMES.get(use) ?? use);
  }

  /**
   * Finds a condition by its name: a built-in one, a plugin that is there by its id, or the module that a path or the name of a scoped package
   * names. A bare word is never looked for among packages, so that a slip of the hand loads nothing.
   */
  async condition(name: string, baseDir: string): Promise<ResolvedPlugin> {
    const present = this.#registry.get("condition", CONDITION_SCHEMAS.has(name) ? conditionId(name) : name);
    if (present !== undefined) return { plugin: present, faults: [] };
    if (/^[./@]|^file:|#/.test(name)) return this.find("condition", name, baseDir);
    const ids = this.#registry.list().flatMap(({ plugin }) => (plugin.kind === "condition" ? [plugin.id] : []));
    const known = [...CONDITION_SCHEMAS.keys(), ...CONDITION_WORDS];
    const others = ids.filter((id) => !known.some((word) => conditionId(word) === id));
    return none(
      "PLB_CONDITION_UNKNOWN",
      `there is no condition of this name; there are ${[...known, ...others].join(", ")}`,
      nearestName(name, [...known, ...others]),
    );
  }

  /** Loads an entry of `plugins`, and with it every plugin that it exports. */
  async load(name: string, baseDir: string): Promise<readonly ResolveFault[]> {
    if (this.#registry.list().some(({ plugin }) => plugin.id === name)) return [];
    return (await this.#loader.load(name, baseDir)).faults;
  }

  /** Finds what `use` names: a built-in, a plugin that is there by its id, or a module, which is then loaded. */
  async find(kind: PluginKind, use: string, baseDir: string): Promise<ResolvedPlugin> {
    const id = BUILT_IN_NAMES.get(use) ?? use;
    const present = this.present(kind, use);
    if (present !== undefined) return { plugin: present, faults: [] };
    if ([...this.#refused.values()].includes(use)) return { plugin: undefined, faults: [] };
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

function idOf(plugin: unknown): string | undefined {
  try {
    const { id } = plugin as { readonly id?: unknown };
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined; // nothing, or a getter that throws: the registry has said so
  }
}

function found(plugin: Plugin): ResolvedPlugin {
  return { plugin, faults: [] };
}

function none(code: string, message: string, nearest?: string): ResolvedPlugin {
  return { plugin: undefined, faults: [{ code, message, nearest }] };
}
