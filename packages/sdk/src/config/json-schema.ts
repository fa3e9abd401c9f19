import * as z from "zod";
import { CONDITION_SCHEMAS } from "../conditions/built-in-conditions.ts";
import { configSchema } from "./schema.ts";

/** The JSON Schema (draft 2020-12) of a config file as it is written, for editors and for the reference page. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return CONFIG_JSON_SCHEMA;
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
      const { "x-default": stated, "x-conditions": isConditions } = jsonSchema;
      delete jsonSchema["x-default"];
      delete jsonSchema["x-conditions"];
      if (stated !== undefined) Object.assign(jsonSchema, { default: stated });
      if (isConditions === true) Object.assign(jsonSchema, { $ref: "#/$defs/conditions" });
    },
  });
}

const CONDITIONS = { type: "array", items: { $ref: "#/$defs/condition" } } as const;

/** One condition: a map of one key, a built-in name, `not`, `any`, or a plugin's name. */
function conditionSchema(): Readonly<Record<string, unknown>> {
  const builtIn = [...CONDITION_SCHEMAS].map(([name, schema]): [string, unknown] => [name, withoutDraft(schema)]);
  return {
    type: "object",
    minProperties: 1,
    maxProperties: 1,
    properties: {
      ...Object.fromEntries(builtIn),
      not: {
        $ref: "#/$defs/condition",
        description: "Holds where this one does not; one that cannot be told holds neither way.",
      },
      any: { $ref: "#/$defs/conditions", description: "Holds where one of these does, or there is none." },
    },
    additionalProperties: { description: "The options of a plugin of the kind `condition`, under its name." },
  };
}

function withoutDraft(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = toInputSchema(schema);
  return rest;
}

/** Made once: every start and every reload checks by it, and it takes as long to make as the rest of a reload. Levels are checked by a function, and say in their own metadata what they take. */
const CONFIG_JSON_SCHEMA: Readonly<Record<string, unknown>> = {
  ...toInputSchema(configSchema),
  $defs: { conditions: CONDITIONS, condition: conditionSchema() },
};
