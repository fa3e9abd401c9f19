import { isPlainMap } from "./layer.ts";
import type { ConfigPath } from "./problem.ts";

/**
 * The names that a JSON Schema knows at a path: what a wrong one is compared with. Empty where it names none.
 * Looks through `anyOf`, `oneOf` and `allOf`, and through list items and maps of any key.
 */
export function keysAt(schema: unknown, path: ConfigPath): readonly string[] {
  return [
    ...new Set(
      schemasAt(schema, path).flatMap(({ properties }) => Object.keys(isPlainMap(properties) ? properties : {})),
    ),
  ];
}

/** The words that a JSON Schema takes as the value at a path. Empty where it takes any. */
export function wordsAt(schema: unknown, path: ConfigPath): readonly string[] {
  return schemasAt(schema, path).flatMap((branch) => {
    const words = branch["enum"];
    return Array.isArray(words) ? (words as readonly unknown[]).map(String) : [];
  });
}

function schemasAt(schema: unknown, path: ConfigPath): readonly Readonly<Record<string, unknown>>[] {
  return path.reduce<readonly Readonly<Record<string, unknown>>[]>(
    (current, part) => current.flatMap((branch) => branches(childOf(branch, part))),
    branches(schema),
  );
}

function childOf(
  { properties, items, additionalProperties }: Readonly<Record<string, unknown>>,
  part: string | number,
): unknown {
  if (typeof part === "number") return items;
  return isPlainMap(properties) && Object.hasOwn(properties, part) ? properties[part] : additionalProperties;
}

function branches(schema: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!isPlainMap(schema)) return [];
  const nested = ["anyOf", "oneOf", "allOf"].flatMap((word) => {
    const list = schema[word];
    return Array.isArray(list) ? (list as readonly unknown[]).flatMap(branches) : [];
  });
  return [schema, ...nested];
}
