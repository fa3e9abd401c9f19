import { kindOf } from "../config/check.ts";
import { isPlainMap } from "../config/layer.ts";
import type { ConfigPath } from "../config/problem.ts";

/** One condition as a config asks for it, before its plugin is known. */
export interface ConditionRequest {
  readonly kind: "condition";
  /** A built-in name, or a plugin's id or module. */
  readonly name: string;
  /** What stands under the name: the plugin's schema checks it. */
  readonly options: unknown;
  /** Of the name. */
  readonly path: ConfigPath;
}

/** What a config asks of a component, as a tree whose leaves are of one type before and of another after they are resolved. */
export type ConditionTree<Leaf> =
  | Leaf
  | { readonly kind: "not"; readonly of: ConditionTree<Leaf> }
  | { readonly kind: "any"; readonly of: readonly ConditionTree<Leaf>[] };

/** Why a list of conditions is none. */
export interface ConditionFault {
  readonly path: ConfigPath;
  readonly atKey: boolean;
  readonly message: string;
  readonly expected: string;
}

/** The words that combine conditions. */
export const CONDITION_WORDS = ["not", "any"] as const;

const LIST = "a list of conditions, such as [{ env: NAME }]";
const ONE = "one condition, such as { env: NAME } or { not: { env: NAME } }";
const MAX_DEPTH = 16;

/** Reads a list of conditions: what combines them is checked here, what each takes by its plugin. */
export function readConditions(
  value: unknown,
  path: ConfigPath,
): { readonly trees: readonly ConditionTree<ConditionRequest>[]; readonly faults: readonly ConditionFault[] } {
  const faults: ConditionFault[] = [];
  const fault = (at: ConfigPath, message: string, expected: string, atKey = false): undefined => {
    faults.push({ path: at, atKey, message, expected });
  };
  const list = (given: unknown, at: ConfigPath): readonly ConditionTree<ConditionRequest>[] => {
    if (Array.isArray(given)) return given.flatMap((entry: unknown, index) => one(entry, [...at, index]) ?? []);
    fault(at, `${kindOf(given)} stands here`, LIST);
    return [];
  };
  const one = (entry: unknown, at: ConfigPath): ConditionTree<ConditionRequest> | undefined => {
    // A list that holds itself, given in code.
    if (at.length - path.length > MAX_DEPTH) return fault(at, "conditions nest deeper here than any config needs", ONE);
    if (!isPlainMap(entry)) return fault(at, `${kindOf(entry)} stands here`, ONE);
    const [name, ...more] = Object.keys(entry);
    if (name === undefined) return fault(at, "an empty map stands here", ONE);
    if (more.length > 0) {
      const message = `${more.length + 1} conditions stand in one entry`;
      return fault(at, message, "each in an entry of its own, for all must hold, or in a list under any");
    }
    const options = entry[name];
    const below = [...at, name];
    if (name === "any") return { kind: "any", of: list(options, below) };
    if (name === "not") {
      const inner = one(options, below);
      return inner && { kind: "not", of: inner };
    }
    const isEmpty = options === null || options === undefined || options === "";
    if (isEmpty || (Array.isArray(options) && options.length === 0)) {
      return fault(below, `${isEmpty ? kindOf(options) : "an empty list"} stands here`, "what is to be looked for");
    }
    return { kind: "condition", name, options, path: below };
  };
  return { trees: value === undefined ? [] : list(value, path), faults };
}
