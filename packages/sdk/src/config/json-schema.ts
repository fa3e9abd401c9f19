import * as z from "zod";
import { configSchema } from "./schema.ts";

/** The JSON Schema (draft 2020-12) of a config file as it is written, for editors and for the reference page. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  // Levels are checked by a function, and say in their own metadata what they take.
  return toInputSchema(configSchema);
}

/**
 * A schema as what it reads. zod leaves the default of a value that it transforms out, since it would be one of what comes out;
 * ours are stated as `x-default`, as they are written.
 */
export function toInputSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      const { "x-default": stated } = jsonSchema;
      if (stated === undefined) return;
      delete jsonSchema["x-default"];
      Object.assign(jsonSchema, { default: stated });
    },
  });
}
