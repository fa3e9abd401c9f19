import type { StandardSchemaV1 } from "@standard-schema/spec";

/** How one option is read: its value, or what is wrong with it. */
export type OptionReader<Value> = (value: unknown) => { readonly value: Value } | { readonly expected: string };

/** A reader for each option; one that may be left out reads `undefined` as its default. */
export type OptionReaders<Options> = { readonly [Name in keyof Options]: OptionReader<Options[Name]> };

/**
 * A Standard Schema for a plain object of options: every issue with its path, and an option that does not exist named beside those
 * that do. For the plugins of this package, which brings no schema library.
 */
export function createOptionsSchema<Options extends object>(
  readers: OptionReaders<Options>,
): StandardSchemaV1<unknown, Options> {
  const names = Object.keys(readers);
  const entries = Object.entries(readers) as [string, OptionReader<unknown>][];
  const validate = (input: unknown): StandardSchemaV1.Result<Options> => {
    const given = input ?? {};
    if (typeof given !== "object" || Array.isArray(given)) {
      return { issues: [{ message: `expected an object with ${names.join(", ")}` }] };
    }
    const issues: StandardSchemaV1.Issue[] = Object.keys(given)
      .filter((name) => !names.includes(name))
      .map((name) => ({ path: [name], message: `is not an option; the options are ${names.join(", ")}` }));
    const values = entries.map(([name, read]): [string, unknown] => {
      const result = read((given as Record<string, unknown>)[name]);
      if ("value" in result) return [name, result.value];
      issues.push({ path: [name], message: `expected ${result.expected}` });
      return [name, undefined];
    });
    if (issues.length > 0) return { issues };
    // One value of its own reader for each name.
    return { value: Object.fromEntries(values) as Options };
  };
  return { "~standard": { version: 1, vendor: "plumbline", validate } };
}

/** A number from `least` to `most`, both included; `fallback` where it is left out. */
export function numberOption(least: number, most: number, fallback?: number): OptionReader<number> {
  const expected =
    most === Number.POSITIVE_INFINITY ? `a number of at least ${least}` : `a number from ${least} to ${most}`;
  return (value) => {
    const number = value ?? fallback;
    return typeof number === "number" && number >= least && number <= most && Number.isFinite(number)
      ? { value: number }
      : { expected };
  };
}

/** One of some texts; the first where it is left out. */
export function choiceOption<const Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
): OptionReader<Choice> {
  return (value) => {
    const choice = value === undefined ? choices[0] : choices.find((known) => known === value);
    return choice === undefined ? { expected: `one of ${choices.join(", ")}` } : { value: choice };
  };
}
