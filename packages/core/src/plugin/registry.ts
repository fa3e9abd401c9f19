import { coreError } from "../error-codes.ts";
import { PLUGIN_API_VERSION, PLUGIN_KINDS, type Plugin, type PluginKind } from "./plugin.ts";

/** A plugin, and where it came from: a package's name, a file's path, or the place in the config that named it. */
export interface RegisteredPlugin {
  readonly plugin: Plugin;
  readonly origin: string;
}

/** The plugins of one host, by id. */
export interface PluginRegistry {
  /**
   * Checks and registers what a module exported, and gives it back as a plugin. The very same object may be added again: it stays
   * registered once, under its first origin.
   *
   * Throws `PLB_PLUGIN_INVALID`, `PLB_PLUGIN_ID_MISSING`, `PLB_PLUGIN_ID_INVALID`, `PLB_PLUGIN_ID_DUPLICATE`,
   * `PLB_PLUGIN_KIND_UNKNOWN`, `PLB_PLUGIN_API_VERSION`, `PLB_PLUGIN_CREATE_INVALID` or `PLB_PLUGIN_SCHEMA_INVALID`,
   * each with the origin and, where there is one, the id in its message and its details. What was refused is not registered.
   */
  add(plugin: unknown, origin: string): Plugin;
  /** The plugin of this kind and id; `undefined` when there is none, or the id is one of another kind. */
  get<Kind extends PluginKind>(kind: Kind, id: string): Plugin<Kind> | undefined;
  /** All plugins, in the order in which they were added. */
  list(): readonly RegisteredPlugin[];
}

/** A registry without any plugin. */
export function createRegistry(): PluginRegistry {
  const plugins = new Map<string, RegisteredPlugin>();
  return {
    add(candidate, origin): Plugin {
      const plugin = checkPlugin(candidate, origin);
      const present = plugins.get(plugin.id);
      if (present?.plugin === plugin) return plugin;
      if (present !== undefined) {
        throw coreError("PLB_PLUGIN_ID_DUPLICATE", {
          message: `The plugin ${plugin.id} from ${origin} has the id of one that ${present.origin} already registered.`,
          details: { id: plugin.id, origin, registeredBy: present.origin },
        });
      }
      plugins.set(plugin.id, { plugin, origin });
      return plugin;
    },
    get<Kind extends PluginKind>(kind: Kind, id: string): Plugin<Kind> | undefined {
      const plugin = plugins.get(id)?.plugin;
      return plugin !== undefined && isOfKind(plugin, kind) ? plugin : undefined;
    },
    list: () => [...plugins.values()],
  };
}

/** An npm name, with or without a scope, and then any path: https://docs.npmjs.com/cli/configuring-npm/package-json#name. */
const PLUGIN_ID = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*(?:\/[A-Za-z0-9._~-]+)*$/;
const MAX_ID_LENGTH = 214;

function isOfKind<Kind extends PluginKind>(plugin: Plugin, kind: Kind): plugin is Plugin<Kind> {
  return plugin.kind === kind;
}

function checkPlugin(candidate: unknown, origin: string): Plugin {
  if (typeof candidate !== "object" || candidate === null) {
    throw coreError("PLB_PLUGIN_INVALID", {
      message: `${origin} gives ${describe(candidate)} where a plugin was expected.`,
      details: { origin },
    });
  }
  const { id, kind, apiVersion, create, options } = readFields(candidate, origin);
  if (id === undefined || id === null || id === "") {
    throw coreError("PLB_PLUGIN_ID_MISSING", { message: `The plugin from ${origin} has no id.`, details: { origin } });
  }
  if (typeof id !== "string" || id.length > MAX_ID_LENGTH || !PLUGIN_ID.test(id)) {
    const shown = typeof id === "string" ? JSON.stringify(id.slice(0, MAX_ID_LENGTH)) : describe(id);
    throw coreError("PLB_PLUGIN_ID_INVALID", {
      message: `The plugin from ${origin} has the id ${shown}, which is not an npm name or a path under one.`,
      details: { origin },
    });
  }
  const details = { id, origin };
  if (!isPluginKind(kind)) {
    const shown = typeof kind === "string" ? JSON.stringify(kind.slice(0, 64)) : describe(kind);
    throw coreError("PLB_PLUGIN_KIND_UNKNOWN", {
      message: `The plugin ${id} from ${origin} is of kind ${shown}; the kinds are ${PLUGIN_KINDS.join(", ")}.`,
      details: { ...details, kinds: PLUGIN_KINDS },
    });
  }
  if (apiVersion !== PLUGIN_API_VERSION) {
    const shown = typeof apiVersion === "number" ? String(apiVersion) : describe(apiVersion);
    throw coreError("PLB_PLUGIN_API_VERSION", {
      message: `The plugin ${id} from ${origin} is made for apiVersion ${shown}; this host serves ${PLUGIN_API_VERSION}.`,
      details: { ...details, served: PLUGIN_API_VERSION },
    });
  }
  if (typeof create !== "function") {
    throw coreError("PLB_PLUGIN_CREATE_INVALID", {
      message: `The plugin ${id} from ${origin} has ${describe(create)} where its create function should be.`,
      details,
    });
  }
  if (options !== undefined && !isStandardSchema(options)) {
    throw coreError("PLB_PLUGIN_SCHEMA_INVALID", {
      message: `The plugin ${id} from ${origin} has ${describe(options)} as options, which is not a Standard Schema.`,
      details,
    });
  }
  // Every member of the interface was checked above.
  return candidate as Plugin;
}

interface PluginFields {
  readonly id: unknown;
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly create: unknown;
  readonly options: unknown;
}

/** The fields, each read once: a getter or a Proxy that throws is refused like anything else that is no plugin. */
function readFields(candidate: object, origin: string): PluginFields {
  try {
    const { id, kind, apiVersion, create, options } = candidate as PluginFields;
    return { id, kind, apiVersion, create, options };
  } catch (cause) {
    throw coreError("PLB_PLUGIN_INVALID", {
      message: `${origin} gives an object whose properties cannot be read where a plugin was expected.`,
      details: { origin },
      cause,
    });
  }
}

function isPluginKind(kind: unknown): kind is PluginKind {
  return (PLUGIN_KINDS as readonly unknown[]).includes(kind);
}

/** A schema may be a function (arktype's are), so both are looked into. */
function isStandardSchema(schema: unknown): boolean {
  if ((typeof schema !== "object" || schema === null) && typeof schema !== "function") return false;
  try {
    const standard: unknown = (schema as Record<string, unknown>)["~standard"];
    if (typeof standard !== "object" || standard === null) return false;
    const { version, validate } = standard as Record<string, unknown>;
    return version === 1 && typeof validate === "function";
  } catch {
    return false; // a getter that throws is no schema either
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
