import type { core, ZodType } from "zod";
import { valueAt } from "./layer.ts";
import { nearestName } from "./nearest.ts";
import type { ConfigPath } from "./problem.ts";
import { keysAt, wordsAt } from "./schema-keys.ts";

/** What a schema says against a value, before it is given its place in a file. */
export interface SchemaProblem {
  readonly code: "PLB_CONFIG_UNKNOWN_KEY" | "PLB_CONFIG_VALUE";
  readonly path: ConfigPath;
  /** Whether the key itself is wrong, not its value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly expected: string | undefined;
  readonly nearest: string | undefined;
}

/** A checked value, or everything that is wrong with it. */
export type Checked<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

/** Checks a value against one of our own schemas. `jsonSchema` is the same schema's, for the names it knows. */
export function check<Output>(schema: ZodType<Output>, jsonSchema: unknown, value: unknown): Checked<Output> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: result.error.issues.flatMap((issue) => explain(issue, [], value, jsonSchema)) };
}

function explain(
  issue: core.$ZodIssue,
  base: ConfigPath,
  root: unknown,
  jsonSchema: unknown,
): readonly SchemaProblem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  const value = valueAt(root, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], keysAt(jsonSchema, path)));
    case "invalid_union": {
      // The branch that was meant is the one whose complaint lies deeper than "not this kind of value at all".
      const meant = issue.errors.find((issues) =>
        issues.every((each) => each.path.length > 0 || each.code === "unrecognized_keys"),
      );
      if (meant !== undefined) return meant.flatMap((each) => explain(each, path, root, jsonSchema));
      return [withNearest(wrongValue(path, value, plain(issue.message)), value, jsonSchema)];
    }
    case "invalid_type":
      return [wrongValue(path, value, expectedType(issue))];
    case "invalid_value": {
      return [withNearest(wrongValue(path, value, oneOf(issue.values.map(String))), value, jsonSchema)];
    }
    case "invalid_key":
      return [
        {
          ...wrongValue(path, value, issue.issues[0]?.message),
          message: "this name is not a valid one here",
          atKey: true,
        },
      ];
    case "too_small":
      return [wrongValue(path, value, bound(issue.origin, "at least", issue.minimum))];
    case "too_big":
      return [wrongValue(path, value, bound(issue.origin, "at most", issue.maximum))];
    default:
      return [withNearest(wrongValue(path, value, plain(issue.message)), value, jsonSchema)];
  }
}

function unknownKey(path: ConfigPath, known: readonly string[]): SchemaProblem {
  const key = String(path.at(-1));
  return {
    code: "PLB_CONFIG_UNKNOWN_KEY",
    path,
    atKey: true,
    message: "there is no such key here",
    expected: known.length === 0 ? undefined : oneOf(known),
    nearest: nearestName(key, known),
  };
}

function wrongValue(path: ConfigPath, value: unknown, expected: string | undefined): SchemaProblem {
  const missing = value === undefined;
  return {
    code: "PLB_CONFIG_VALUE",
    path,
    atKey: false,
    message: missing ? "a value is missing" : `${kindOf(value)} stands here`,
    expected:
      expected === undefined || !expected.startsWith("a text") || typeof value !== "number"
        ? expected
        : `${expected} (put it in quotes)`,
    nearest: undefined,
  };
}

function withNearest(problem: SchemaProblem, value: unknown, jsonSchema: unknown): SchemaProblem {
  return typeof value === "string"
    ? { ...problem, nearest: nearestName(value, wordsAt(jsonSchema, problem.path)) }
    : problem;
}

/** What a value is, in words that quote nothing of it. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return value === "" ? "an empty text" : "a text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "function":
      return "a function";
    default:
      return "a map";
  }
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["string", "a text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["object", "a map"],
  ["record", "a map"],
  ["array", "a list"],
]);

/** What the schema says itself (a duration's form) tells more than the type under it. */
function expectedType(issue: core.$ZodIssueInvalidType): string {
  const isZods = issue.message.startsWith("Invalid input");
  return (isZods ? TYPES.get(issue.expected) : undefined) ?? plain(issue.message);
}

function bound(origin: string, word: string, limit: number | bigint): string {
  if (origin === "string")
    return Number(limit) === 1 && word === "at least" ? "a text that is not empty" : `${word} ${limit} characters`;
  if (origin === "array") return `${word} ${limit} entries`;
  return `${word} ${limit}`;
}

function oneOf(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? "") : `one of ${names.join(", ")}`;
}

/** Our own messages say what was expected; the word is not said twice. */
function plain(message: string): string {
  return message.replace(/^expected /, "");
}
