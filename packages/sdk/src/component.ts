import {
  type AnyMap,
  type Clock,
  createPluginInstance,
  type Journal,
  type Plugin,
  type PluginContext,
  type PluginInstances,
  type PluginKind,
} from "@plumbline/core";
import { join } from "node:path";
import { createDiagnostics } from "./diagnostics.ts";
import { makeDirectory } from "./make-directory.ts";
import type { WiredComponent } from "./system-plan.ts";

/** What every component of a system is given. */
export interface ComponentHost {
  readonly clock: Clock;
  readonly resource: AnyMap;
  /** The folder below which each component has its own; `undefined` where nothing is kept on disk. */
  readonly dataDir: string | undefined;
  readonly journal: Journal | undefined;
}

/** A component that was made and may be started. */
export interface Component<Kind extends PluginKind = PluginKind> {
  readonly name: string;
  /** Its place in the config. */
  readonly path: string;
  readonly plugin: Plugin;
  readonly instance: PluginInstances[Kind];
  /** Aborts its context's signal. */
  readonly abort: AbortController;
}

/** Makes every component of a kind, in the order of the config. Throws `PLB_PLUGIN_CREATE_FAILED` or `PLB_PLUGIN_INSTANCE_INVALID`. */
export function createComponents<Kind extends PluginKind>(
  kind: Kind,
  wired: readonly WiredComponent[],
  host: ComponentHost,
): readonly Component<Kind>[] {
  return wired.flatMap((component) => {
    const { plugin } = component;
    if (!isOfKind(plugin, kind)) return [];
    const abort = new AbortController();
    const instance = createPluginInstance(plugin, component.options, createContext(component, host, abort.signal));
    return [{ name: component.name, path: component.path, plugin, instance, abort }];
  });
}

function isOfKind<Kind extends PluginKind>(plugin: Plugin, kind: Kind): plugin is Plugin<Kind> {
  return plugin.kind === kind;
}

function createContext(component: WiredComponent, host: ComponentHost, signal: AbortSignal): PluginContext {
  const { name, path, baseDir } = component;
  const folder = host.dataDir === undefined ? undefined : join(host.dataDir, path);
  return {
    name,
    clock: host.clock,
    diagnostics: createDiagnostics(`plumbline: ${path}`),
    resource: host.resource,
    get dataDir(): string | undefined {
      if (folder !== undefined) makeDirectory(folder);
      return folder;
    },
    baseDir,
    journal: host.journal,
    signal,
  };
}
