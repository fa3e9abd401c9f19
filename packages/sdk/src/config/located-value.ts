import type { ConfigPath } from "./problem.ts";

/** What a YAML or JSON scalar is. */
export type ScalarValue = string | number | boolean | null;

/** One `key: value` of a map, with the place of the key. */
export interface LocatedEntry {
  readonly key: string;
  /** UTF-16 offset of the key in the file's text. */
  readonly offset: number;
  readonly value: LocatedValue;
}

/** A value as it stands in a file, with its place: UTF-16 offsets into the text. Has no cycles, whatever its aliases did. */
export type LocatedValue =
  | { readonly kind: "scalar"; readonly value: ScalarValue; readonly offset: number; readonly end: number }
  | { readonly kind: "list"; readonly items: readonly LocatedValue[]; readonly offset: number }
  | { readonly kind: "map"; readonly entries: readonly LocatedEntry[]; readonly offset: number };

/** Bounds on a config file: what goes over is no config, and must not cost memory or the stack. */
export const FILE_BOUNDS = {
  /** Bytes of the file. */
  maxBytes: 1_048_576,
  /** Values after aliases are followed. */
  maxValues: 20_000,
  /** Levels of nesting. */
  maxDepth: 64,
} as const;

/** What keeps a text from being a config, and where (a UTF-16 offset). Never quotes the text. */
export interface TextFault {
  readonly kind: "syntax" | "tag" | "bounds" | "duplicate-key";
  readonly message: string;
  readonly offset: number;
}

/** The outcome of reading a file's text; without a value there is at least one fault. */
export interface ReadOutcome {
  readonly value: LocatedValue | undefined;
  readonly faults: readonly TextFault[];
}

/** The plain value. Maps have a null prototype, so `__proto__` is a key like any other. */
export function toPlainValue(located: LocatedValue): unknown {
  if (located.kind === "scalar") return located.value;
  if (located.kind === "list") return located.items.map(toPlainValue);
  const map = Object.create(null) as Record<string, unknown>;
  for (const entry of located.entries) map[entry.key] = toPlainValue(entry.value);
  return map;
}

/** What stands at a path. */
export interface LocatedPlace {
  /** The offset of the value, or with `atKey` of the key before it. */
  readonly offset: number;
  readonly value: LocatedValue;
  /** Whether the whole path was there; else this is the deepest part of it that was. */
  readonly exact: boolean;
}

/** Finds the place of a path, as deep as it goes. With `atKey` the place of the last key, not of its value. */
export function locate(root: LocatedValue, path: ConfigPath, atKey: boolean): LocatedPlace {
  let value = root;
  let { offset } = root;
  for (const [index, part] of path.entries()) {
    const step = stepInto(value, part);
    if (step === undefined) return { offset, value, exact: false };
    value = step.value;
    const last = index === path.length - 1;
    offset = last && !atKey ? value.offset : (step.keyOffset ?? value.offset);
  }
  return { offset, value, exact: true };
}

function stepInto(
  value: LocatedValue,
  part: string | number,
): { readonly value: LocatedValue; readonly keyOffset: number | undefined } | undefined {
  if (value.kind === "map") {
    // The last of two equal keys is the one in force; the pair itself is reported on its own.
    const entry = value.entries.findLast((candidate) => candidate.key === String(part));
    return entry && { value: entry.value, keyOffset: entry.offset };
  }
  if (value.kind === "list" && typeof part === "number") {
    const item = value.items[part];
    return item && { value: item, keyOffset: undefined };
  }
  return undefined;
}
