import { DURATION_PATTERN, SIZE_PATTERN } from "@plumbline/core";
import { configJsonSchema, toInputSchema } from "./json-schema.ts";
import { isPlainMap } from "./layer.ts";
import { descriptorSchema, plainFileSchema } from "./schema-file.ts";

/** One key of the config, as the reference page shows it. */
export interface ConfigKey {
  /** `journal.rotate.maxBytes`, `sinks.<name>.use`, `processors[].use`. */
  readonly key: string;
  /** What stands there, in words. */
  readonly type: string;
  /** As it would be written; `undefined` where there is none. */
  readonly fallback: string | undefined;
  readonly isRequired: boolean;
  readonly description: string;
}

/** The keys of a config file, each after the one that it is in. */
export function describeConfig(): readonly ConfigKey[] {
  return keysOf(configJsonSchema(), "");
}

/** The built-in conditions, each as a key of an entry of `when` or `assert`, and what combines them. */
export function describeConditions(): readonly ConfigKey[] {
  const { $defs } = configJsonSchema();
  return isPlainMap($defs) ? keysOf($defs["condition"], "") : [];
}

/** The options of the built-in sinks, by their names. */
export function describeSinks(): ReadonlyMap<string, readonly ConfigKey[]> {
  return new Map([
    ["file", keysOf(toInputSchema(plainFileSchema), "")],
    ["stdout", keysOf(toInputSchema(descriptorSchema), "")],
  ]);
}

type Schema = Readonly<Record<string, unknown>>;

function keysOf(schema: unknown, prefix: string): readonly ConfigKey[] {
  if (!isPlainMap(schema)) return [];
  const { properties, additionalProperties, items, anyOf } = schema;
  const required = Array.isArray(schema["required"]) ? (schema["required"] as readonly unknown[]) : [];
  const own = Object.entries(isPlainMap(properties) ? properties : {}).flatMap(([name, child]) => {
    if (!isPlainMap(child)) return [];
    const key = prefix === "" ? name : `${prefix}.${name}`;
    return [describe(key, child, required.includes(name)), ...keysOf(child, key)];
  });
  const below = [
    ...(isPlainMap(additionalProperties) ? keysOf(additionalProperties, `${prefix}.<name>`) : []),
    ...keysOf(items, `${prefix}[]`),
    ...(Array.isArray(anyOf) ? (anyOf as readonly unknown[]).flatMap((branch) => keysOf(branch, prefix)) : []),
  ];
  return [...own, ...below];
}

function describe(key: string, schema: Schema, isRequired: boolean): ConfigKey {
  const { description } = schema;
  return {
    key,
    type: typeOf(schema),
    fallback: fallbackOf(schema["default"]),
    isRequired,
    description: typeof description === "string" ? description : "",
  };
}

/** An empty map as the default of a section says nothing: its keys have their own. */
function fallbackOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (isPlainMap(value) || (Array.isArray(value) && value.length === 0)) return undefined;
  return JSON.stringify(value);
}

function typeOf(schema: unknown): string {
  if (!isPlainMap(schema)) return "anything";
  if (typeof schema["$ref"] === "string") return schema["$ref"].endsWith("s") ? "list of conditions" : "condition";
  const { anyOf, const: constant, type, pattern, items, additionalProperties, properties } = schema;
  if (Array.isArray(schema["enum"])) return wordsOf(schema["enum"]);
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (Array.isArray(anyOf)) {
    const types = (anyOf as readonly unknown[]).map(typeOf);
    if (types.length === 2 && types[1] === `list of ${types[0]}`) return `${types[0]}; or a list of them`;
    if (types.some((word) => word.startsWith("list of ")) && types.length > 2)
      return "a single value, or a list of them";
    // A size may be a bare number of bytes and a severity its number: their words cover that.
    const isCovered = types.some((word) => word === "size" || word.includes("severity"));
    return [...new Set(isCovered ? types.filter((word) => word !== "whole number") : types)].join(" or ");
  }
  if (pattern === SIZE_PATTERN.source) return "size";
  if (pattern === DURATION_PATTERN.source) return "duration";
  switch (type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "number":
      return "number";
    case "boolean":
      return "`true` or `false`";
    case "array":
      return `list of ${typeOf(items)}`;
    case "object":
      return isPlainMap(additionalProperties) && !isPlainMap(properties)
        ? `map of ${typeOf(additionalProperties)}`
        : "map";
    default:
      return "anything";
  }
}

function wordsOf(words: readonly unknown[]): string {
  if (words.includes("trace4")) return words.includes("off") ? "severity or `off`" : "severity";
  // The names of CPU features: the JSON Schema lists them.
  if (words.length > 100) return "text";
  return words.map((word) => `\`${String(word)}\``).join(", ");
}
