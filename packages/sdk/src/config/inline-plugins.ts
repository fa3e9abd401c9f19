import { isPlainMap } from "./layer.ts";

/** A config in code, turned into plain data, and the plugins that it was given as objects. */
export interface ExtractedPlugins {
  readonly value: unknown;
  /** As they were given; a registry checks them. */
  readonly plugins: readonly unknown[];
}

/**
 * A config in code may hold plugin objects where a file holds names. Each is put aside and its id stands in its place, so
 * that a config is plain data everywhere else: it can be compared, printed and checked by one schema.
 */
export function extractPlugins(config: unknown): ExtractedPlugins {
  if (!isPlainMap(config)) return { value: config, plugins: [] };
  const plugins: unknown[] = [];
  const nameOf = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || !("id" in value) || typeof value.id !== "string") return value;
    plugins.push(value);
    return value.id;
  };
  const component = (entry: unknown): unknown =>
    isPlainMap(entry) && Object.hasOwn(entry, "use") ? { ...entry, use: nameOf(entry["use"]) } : entry;
  const each = (value: unknown, change: (entry: unknown) => unknown): unknown => {
    if (Array.isArray(value)) return (value as readonly unknown[]).map(change);
    if (!isPlainMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry)]));
  };
  const value: Record<string, unknown> = { ...config };
  for (const key of ["processors", "sources", "sinks", "services"]) {
    if (Object.hasOwn(value, key)) value[key] = each(value[key], component);
  }
  if (Array.isArray(value["plugins"])) value["plugins"] = each(value["plugins"], nameOf);
  const { redact } = value;
  if (isPlainMap(redact) && Array.isArray(redact["extraDetectors"])) {
    value["redact"] = { ...redact, extraDetectors: each(redact["extraDetectors"], component) };
  }
  return { value, plugins };
}
