import { createRedactor, type OptionsIssue, parsePluginOptions, type Plugin, PlumblineError } from "@plumbline/core";
import { BUILT_IN_SCHEMAS } from "./built-in-plugins.ts";
import { check } from "./config/check.ts";
import { toInputSchema } from "./config/json-schema.ts";
import { valueAt } from "./config/layer.ts";
import { nearestName } from "./config/nearest.ts";
import type { ConfigPath } from "./config/problem.ts";
import { retypeVariables } from "./config/retype-variables.ts";
import { keysAt } from "./config/schema-keys.ts";

/** What a plugin's schema says against its options, fit to be shown. */
export interface OptionsProblem {
  readonly code: string;
  /** Below the component's own place in the config. */
  readonly path: ConfigPath;
  readonly atKey: boolean;
  readonly message: string;
  readonly expected: string | undefined;
  readonly nearest: string | undefined;
}

/** What a plugin's schema made of its options, or what it says against them. */
export interface CheckedOptions {
  readonly value: unknown;
  readonly issues: readonly OptionsProblem[];
}

/**
 * Checks options from a config against the plugin's schema; `variables` are the paths in them that a variable was put into, `baseDir` is the folder that relative
 * paths in them start from.
 */
export async function checkOptions(
  plugin: Plugin,
  options: unknown,
  variables: readonly ConfigPath[],
  baseDir: string,
): Promise<CheckedOptions> {
  const input =
    plugin.options === undefined && Object.keys(Object(options) as object).length === 0 ? undefined : options;
  const own = BUILT_IN_SCHEMAS.get(plugin.id);
  if (own !== undefined) {
    const jsonSchema = toInputSchema(own);
    const result = await retypeVariables(options, variables, async (candidate) => {
      const outcome = check(own, jsonSchema, candidate);
      return outcome.ok ? [] : outcome.problems;
    });
    return result.problems.length > 0
      ? { value: undefined, issues: result.problems }
      : { value: own.parse(result.value), issues: [] };
  }
  const known = knownKeys(plugin);
  const checked = await retypeVariables(input, variables, async (candidate) => {
    try {
      await parsePluginOptions(plugin, candidate, { baseDir });
      return [];
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      const issues = error.details["issues"];
      return Array.isArray(issues)
        ? issues.map((issue) => explain(error.code, issue as OptionsIssue, candidate, known))
        : [];
    }
  });
  if (checked.problems.length > 0) return { value: undefined, issues: checked.problems };
  return { value: await parsePluginOptions(plugin, checked.value, { baseDir }), issues: [] };
}

function explain(code: string, issue: OptionsIssue, options: unknown, schema: unknown): OptionsProblem {
  const parent = issue.path.slice(0, -1);
  const last = issue.path.at(-1);
  const keys = keysAt(schema, parent);
  const isUnknown = typeof last === "string" && keys.length > 0 && !keys.includes(last);
  const message = withoutValue(issue.message, valueAt(options, issue.path));
  const isExpectation = /^expected /i.test(message);
  return {
    code,
    path: issue.path,
    atKey: isUnknown,
    message: isExpectation ? "this is not what the option takes" : message,
    expected: isExpectation ? message.slice("expected ".length) : undefined,
    nearest: isUnknown ? nearestName(last, keys) : undefined,
  };
}

/** Shorter than this, what stands below a refused value would be found in the message's own words. */
const MIN_QUOTED = 4;
const MAX_DEPTH = 64;

/** A schema's message may quote what it refuses, or something in it, and that may be a secret. */
function withoutValue(message: string, value: unknown): string {
  const texts = typeof value === "string" && value !== "" ? [value] : textsIn(value, 0);
  const quotable = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  const quoted = quotable
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, text) => rest.replaceAll(text, "…"), message);
  return createRedactor().text(quoted);
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === "object" && value !== null) {
    return depth < MAX_DEPTH ? Object.values(value).flatMap((child) => textsIn(child, depth + 1)) : [];
  }
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return text.length < MIN_QUOTED ? [] : [text];
}

/** The plugin's options as a JSON Schema, where its schema library gives one (Standard JSON Schema); for nearest names alone. */
function knownKeys(plugin: Plugin): unknown {
  const standard: unknown = plugin.options?.["~standard"];
  if (typeof standard !== "object" || standard === null || !("jsonSchema" in standard)) return undefined;
  const { jsonSchema } = standard;
  if (typeof jsonSchema !== "object" || jsonSchema === null || !("input" in jsonSchema)) return undefined;
  const { input } = jsonSchema;
  if (typeof input !== "function") return undefined;
  try {
    return Reflect.apply(input, jsonSchema, [{ target: "draft-2020-12" }]) as unknown;
  } catch {
    return undefined; // a schema that JSON Schema cannot say; only the hint is lost
  }
}
