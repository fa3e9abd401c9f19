import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRegistry, errorCode, type Plugin } from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";

/** A plugin and its options. */
export interface PluginInput {
  /** A package's name, a plugin's id that begins with one, or the path of a module. */
  readonly use: string;
  readonly [option: string]: unknown;
}

/** Where files come from: `journal`, a path, an address (`s3://bucket/prefix` is for `@plumbline/handoff-s3`), or a plugin and its options. */
export type PickupInput = string | PluginInput;

/** Where files go: a folder's path, an address (`sftp://host/path` is for `@plumbline/handoff-sftp`), or a plugin and its options. */
export type DestinationInput = string | PluginInput;

/** The package that an address stands for, and the address as its option `url`; `undefined` where a text is none. */
export function readAddress(text: string): PluginInput | undefined {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(text)?.[1];
  return scheme === undefined ? undefined : { use: `@plumbline/handoff-${scheme}`, url: text };
}

/**
 * Loads a plugin of one kind: from the project in `baseDir`, else from beside this package. Of several the one whose id was named, else the first.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is none, with `PLB_PLUGIN_…` where it is not of this version or form.
 */
export async function loadPlugin<Kind extends "destination" | "pickup">(
  kind: Kind,
  use: string,
  baseDir: string,
): Promise<Plugin<Kind>> {
  const exported: readonly unknown[] = Object.values((await importFrom(baseDir, use)) ?? {});
  const candidates = exported.filter((value) => isOfKind(value, kind));
  const chosen = candidates.find(({ id }) => id === use) ?? candidates[0];
  if (chosen === undefined) throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", { message: `${use} has no ${kind}.` });
  const registry = createRegistry();
  const plugin = registry.get(kind, registry.add(chosen, use).id);
  if (plugin !== undefined) return plugin;
  throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", { message: `${use} has no ${kind}.` });
}

async function importFrom(baseDir: string, use: string): Promise<object | undefined> {
  const packageName = /^(?:@[^/]+\/)?[^/]+/.exec(use)?.[0] ?? use;
  try {
    // An id need not be a path that its package exports.
    const url = resolveFrom(baseDir, use) ?? resolveFrom(baseDir, packageName);
    return (await import(url ?? packageName)) as object;
  } catch (cause) {
    throw handoffError("PLB_HANDOFF_OPTIONS_INVALID", {
      message: `${use} cannot be loaded (${errorCode(cause)}). Run npm install ${packageName}.`,
      cause,
    });
  }
}

function resolveFrom(baseDir: string, use: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(baseDir, "package.json")).resolve(use)).href;
  } catch {
    return undefined; // not in this project: it may stand beside this package
  }
}

function isOfKind(value: unknown, kind: string): value is { readonly id: unknown } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind && "id" in value;
}
