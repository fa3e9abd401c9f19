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
  /** The folder below which each component has its own; `undefined` where nothing is kept on disk. Asked for when a component first wants it. */
  readonly dataDir: () => string | undefined;
  readonly journal: Journal | undefined;
}

/** What a component took from its context: only that can make another of it than its options say. */
export interface ContextUse {
  resource: boolean;
  journal: boolean;
  /** The folder that it was given. */
  dataDir: string | undefined;
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
  /** What it was made from. */
  readonly wired: WiredComponent;
  readonly uses: Readonly<ContextUse>;
}

/**
 * Makes a component of a kind; `undefined` where its plugin is of another. Throws `PLB_PLUGIN_CREATE_FAILED` or
 * `PLB_PLUGIN_INSTANCE_INVALID`.
 */
export function createComponent<Kind extends PluginKind>(
  kind: Kind,
  wired: WiredComponent,
  host: ComponentHost,
): Component<Kind> | undefined {
  const { name, path, plugin } = wired;
  if (!isOfKind(plugin, kind)) return undefined;
  const abort = new AbortController();
  const uses: ContextUse = { resource: false, journal: false, dataDir: undefined };
  const context = createContext(wired, host, abort.signal, uses);
  const instance = createPluginInstance(plugin, wired.options, context);
  return { name, path, plugin, instance, abort, wired, uses };
}

function isOfKind<Kind extends PluginKind>(plugin: Plugin, kind: Kind): plugin is Plugin<Kind> {
  return plugin.kind === kind;
}

function createContext(
  component: WiredComponent,
  host: ComponentHost,
  signal: AbortSignal,
  uses: ContextUse,
): PluginContext {
  const { name, path, baseDir } = component;
  return {
    name,
    clock: host.clock,
    diagnostics: createDiagnostics(`plumbline: ${path}`),
    get resource(): AnyMap {
      uses.resource = true;
      return host.resource;
    },
    get dataDir(): string | undefined {
      // The same one each time, whatever becomes of the journal.
      const root = uses.dataDir === undefined ? host.dataDir() : undefined;
      if (root !== undefined) uses.dataDir = join(root, path);
      if (uses.dataDir !== undefined) makeDirectory(uses.dataDir);
      return uses.dataDir;
    },
    baseDir,
    get journal(): Journal | undefined {
      uses.journal = true;
      return host.journal;
    },
    signal,
  };
}

/** What a component holds exclusively: what it says itself, and its folder once it has asked for it. */
export function claimsOf({ instance, uses }: Component): ReadonlySet<string> {
  const claims = "exclusive" in instance ? (instance.exclusive ?? []) : [];
  return new Set(uses.dataDir === undefined ? claims : [...claims, `folder:${uses.dataDir}`]);
}
