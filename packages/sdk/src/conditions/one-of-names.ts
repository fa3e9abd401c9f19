import * as z from "zod";

/** One of a known set of names, or a list of which any will do. */
export function oneOfNames(names: readonly [string, ...string[]], description: string): z.ZodType<readonly string[]> {
  const name = z.enum(names);
  return z
    .union([name, z.array(name).min(1)])
    .transform((value): readonly string[] => (typeof value === "string" ? [value] : value))
    .meta({ description });
}
