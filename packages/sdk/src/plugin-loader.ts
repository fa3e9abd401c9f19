import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { callIsolated, type Clock, type Plugin, type PluginRegistry, PlumblineError } from "@plumbline/core";
import { describeError } from "./describe-error.ts";
import { displayUrl, resolveSpecifier } from "./plugin-specifier.ts";

/** Why a name in the config gives no plugin. */
export interface PluginFault {
  readonly code: string;
  readonly message: string;
}

/** The plugins of one module, by the name they are exported under; or why there are none. */
export interface LoadedModule {
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly faults: readonly PluginFault[];
  /** The export that the name asked for. */
  readonly exportName: string | undefined;
}

const IMPORT_TIMEOUT_MS = 30_000;

/** Imports the modules that a config names, each once, and registers every plugin that they export. */
export class PluginLoader {
  readonly #registry: PluginRegistry;
  readonly #clock: Clock;
  readonly #modules = new Map<string, Promise<Omit<LoadedModule, "exportName">>>();

  constructor(registry: PluginRegistry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Never rejects. A module's faults are told the first time it is named, not again. */
  async load(name: string, baseDir: string): Promise<LoadedModule> {
    const resolved = resolveSpecifier(name, baseDir);
    if (!resolved.found) {
      return {
        plugins: new Map(),
        faults: [{ code: "PLB_PLUGIN_NOT_FOUND", message: resolved.message }],
        exportName: undefined,
      };
    }
    const { url, exportName } = resolved;
    const known = this.#modules.get(url);
    if (known !== undefined) return { plugins: (await known).plugins, faults: [], exportName };
    const loading = this.#import(url, name);
    this.#modules.set(url, loading);
    return { ...(await loading), exportName };
  }

  async #import(url: string, name: string): Promise<Omit<LoadedModule, "exportName">> {
    const plugins = new Map<string, Plugin>();
    if (!(await isFile(url))) {
      return { plugins, faults: [{ code: "PLB_PLUGIN_NOT_FOUND", message: `there is no file ${displayUrl(url)}` }] };
    }
    const outcome = await callIsolated(this.#clock, IMPORT_TIMEOUT_MS, () => import(url) as Promise<unknown>);
    if (outcome.kind === "timedOut") {
      return {
        plugins,
        faults: [{ code: "PLB_PLUGIN_IMPORT_FAILED", message: "importing it did not end within 30 seconds" }],
      };
    }
    if (outcome.kind === "threw") {
      const message = `importing it failed: ${describeError(outcome.error)}`;
      return { plugins, faults: [{ code: "PLB_PLUGIN_IMPORT_FAILED", message }] };
    }
    const candidates = pluginExports(outcome.value);
    if (candidates.length === 0) {
      return {
        plugins,
        faults: [{ code: "PLB_PLUGIN_NO_EXPORT", message: "the module exports nothing that is a plugin" }],
      };
    }
    const faults: PluginFault[] = [];
    for (const [exportName, candidate] of candidates) {
      try {
        plugins.set(exportName, this.#registry.add(candidate, name));
      } catch (error) {
        if (!PlumblineError.isInstance(error)) throw error;
        faults.push({ code: error.code, message: error.message });
      }
    }
    return { plugins, faults };
  }
}

/**
 * The exports that are meant to be plugins, each object once: those with a contract's version, or a kind and a `create`. Those of
 * a CommonJS module may all stand below its default export.
 */
function pluginExports(module: unknown): readonly (readonly [string, unknown])[] {
  const named = entriesOf(module);
  const below = named.flatMap(([name, value]) =>
    name === "default" && !looksLikePlugin(value) ? entriesOf(value) : [],
  );
  const seen = new Set<unknown>();
  return [...named, ...below].filter(([, value]) => {
    if (seen.has(value) || !looksLikePlugin(value)) return false;
    seen.add(value);
    return true;
  });
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  try {
    return typeof value === "object" && value !== null ? Object.entries(value as Record<string, unknown>) : [];
  } catch {
    return []; // a Proxy or getter that throws exports nothing
  }
}

async function isFile(url: string): Promise<boolean> {
  try {
    return (await stat(fileURLToPath(url))).isFile();
  } catch {
    return false; // not there, or not to be seen: the message names the path
  }
}

function looksLikePlugin(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return "apiVersion" in value || ("kind" in value && "create" in value);
  } catch {
    return true; // a Proxy that refuses to be asked; the registry says what is wrong with it
  }
}
