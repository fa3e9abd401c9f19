import { isPlainMap, valueAt } from "./layer.ts";
import type { ConfigPath } from "./problem.ts";

const NUMBER = /^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** What a validation says of a value: everything that is wrong, each with its path. */
type Validate<Problem> = (value: unknown) => Promise<readonly Problem[]>;

/**
 * A variable is text, and stays text wherever text is taken: a version `1.10` or a hash `12345e7` must not turn into a number.
 * Only where the validation refuses the text is it read as the number, or `true` or `false`, that it spells, and only
 * where that helps.
 */
export async function retypeVariables<Problem extends { readonly path: ConfigPath }>(
  value: unknown,
  variables: readonly ConfigPath[],
  validate: Validate<Problem>,
): Promise<{ readonly value: unknown; readonly problems: readonly Problem[] }> {
  const problems = await validate(value);
  const refused = variables.filter((path) => touches(problems, path) && spelt(valueAt(value, path)) !== undefined);
  if (refused.length === 0) return { value, problems };
  const retyped = replace(value, refused);
  const remaining = await validate(retyped);
  const helped = refused.filter((path) => !touches(remaining, path));
  if (helped.length === refused.length) return { value: retyped, problems: remaining };
  const partly = replace(value, helped);
  return { value: partly, problems: await validate(partly) };
}

/** Whether any problem is at the path, above it, or below it. */
function touches(problems: readonly { readonly path: ConfigPath }[], path: ConfigPath): boolean {
  return problems.some((problem) => problem.path.every((part, index) => index >= path.length || part === path[index]));
}

function replace(value: unknown, paths: readonly ConfigPath[]): unknown {
  return paths.reduce<unknown>((current, path) => setAt(current, path, spelt(valueAt(value, path))), value);
}

/** The number or boolean that a text spells; `undefined` when it spells none. */
function spelt(text: unknown): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  return typeof text === "string" && NUMBER.test(text) ? Number(text) : undefined;
}

function setAt(value: unknown, path: ConfigPath, replacement: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return replacement;
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).map((item, index) => (index === part ? setAt(item, rest, replacement) : item));
  }
  if (!isPlainMap(value)) return value;
  const copy = Object.assign(Object.create(null) as Record<string, unknown>, value);
  copy[String(part)] = setAt(copy[String(part)], rest, replacement);
  return copy;
}
