import { locate, type LocatedValue } from "./located-value.ts";
import type { ConfigPath, ConfigProblem } from "./problem.ts";
import type { LineIndex } from "./position.ts";

/** Where a part of the config comes from: the file, or code. */
export interface ConfigLayer {
  /** Plain data. */
  readonly value: unknown;
  /** The folder that relative paths in it start from, and plugins are resolved from. Absolute. */
  readonly baseDir: string;
  /** As it is shown in messages; `undefined` for what was given in code. */
  readonly file: string | undefined;
  /** For a text file: where everything stands in it. */
  readonly text: { readonly located: LocatedValue; readonly lines: LineIndex } | undefined;
  /** The scalars that a variable was put into: text that may stand for a number. */
  readonly variables: readonly ConfigPath[];
}

/** Layers as one value, and where each part of it came from. */
export interface MergedLayers {
  readonly value: unknown;
  /** Whether any layer gives a value at the path. */
  has(path: ConfigPath): boolean;
  /** The layer that a path comes from; for a path that is not there, the one that goes furthest towards it. */
  origin(path: ConfigPath): ConfigLayer | undefined;
  /** The place of a path, for a problem. With `atKey` that of the key, not of its value. */
  place(path: ConfigPath, atKey: boolean): Pick<ConfigProblem, "file" | "line" | "column">;
}

/**
 * Lays layers over one another, the strongest first. Maps are merged key by key; lists and scalars are replaced whole, and
 * so is a component (an entry of `sinks`) whose stronger layer says what it uses.
 */
export function mergeLayers(layers: readonly ConfigLayer[]): MergedLayers {
  const value = layers
    .map((layer) => layer.value)
    .reduceRight((lower: unknown, higher: unknown) => merge(lower, higher, 0), undefined);
  const origin = (path: ConfigPath): ConfigLayer | undefined => {
    let best: ConfigLayer | undefined;
    let bestDepth = -1;
    for (const layer of layers) {
      const depth = depthOf(layer.value, path);
      if (depth <= bestDepth) continue;
      best = layer;
      bestDepth = depth;
    }
    return best;
  };
  return {
    value: value ?? {},
    has: (path) => layers.some((layer) => depthOf(layer.value, path) === path.length),
    origin,
    place(path, atKey) {
      const layer = origin(path);
      if (layer?.text === undefined) return { file: layer?.file, line: undefined, column: undefined };
      const { line, column } = layer.text.lines.at(locate(layer.text.located, path, atKey).offset);
      return { file: layer.file, line, column };
    },
  };
}

/** Whether a value is a map of a config: a plain object, of any realm, or one without a prototype. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What stands at a path of plain data, or `undefined`. Only own properties are looked at. */
export function valueAt(value: unknown, path: ConfigPath): unknown {
  let current: unknown = value;
  for (const part of path) current = childOf(current, part);
  return current;
}

/** Plain data without what stands at a path; with an entry of a list that ends the path, the list's own key goes. */
export function without(value: unknown, path: ConfigPath): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).map((item, index) => (index === part ? without(item, rest) : item));
  }
  if (!isPlainMap(value) || !Object.hasOwn(value, part)) return value;
  const copy = Object.assign(Object.create(null) as Record<string, unknown>, value);
  if (rest.every((each) => typeof each === "number")) delete copy[String(part)];
  else copy[String(part)] = without(copy[String(part)], rest);
  return copy;
}

function childOf(value: unknown, part: string | number): unknown {
  if (Array.isArray(value)) return typeof part === "number" ? (value as readonly unknown[])[part] : undefined;
  return isPlainMap(value) && Object.hasOwn(value, part) ? value[String(part)] : undefined;
}

function depthOf(value: unknown, path: ConfigPath): number {
  let current: unknown = value;
  for (const [depth, part] of path.entries()) {
    current = childOf(current, part);
    if (current === undefined) return depth;
  }
  return path.length;
}

const MAX_MERGE_DEPTH = 64;

function merge(lower: unknown, higher: unknown, depth: number): unknown {
  if (higher === undefined) return lower;
  // What nests deeper is no config, and given in code it may be a circle.
  if (!isPlainMap(higher) || depth > MAX_MERGE_DEPTH) return higher;
  const merged = Object.create(null) as Record<string, unknown>;
  const base = isPlainMap(lower) && !Object.hasOwn(higher, "use") ? lower : {};
  for (const [key, value] of Object.entries(base)) merged[key] = value;
  for (const [key, value] of Object.entries(higher)) {
    const result = merge(merged[key], value, depth + 1);
    if (result !== undefined) merged[key] = result;
  }
  return merged;
}
