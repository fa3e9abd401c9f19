import * as z from "zod";
import type { BuiltInCondition } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";

const FORM = "a variable's name, or NAME=value";

/** What `env` takes. */
export const envSchema: z.ZodType<string, string> = z
  .string({ error: FORM })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*(?:=.+)?$/s, { error: FORM })
  .describe("The variable is set and not empty; with `NAME=value`, it has exactly this value.");

/**
 * `env: NAME` holds where the variable is set and not empty, `env: NAME=value` where it has exactly this value. The reason names the variable
 * and never a value.
 * Source: systemd.unit(5), ConditionEnvironment, which also takes an empty variable for a set one; here `${NAME:-default}` does not, so
 * this does not either.
 */
export function envCondition(facts: Pick<HostFacts, "env">): BuiltInCondition<string> {
  return {
    name: "env",
    schema: envSchema,
    evaluate: (text) => {
      const [name = "", ...rest] = text.split("=");
      const value = Object.hasOwn(facts.env, name) ? facts.env[name] : undefined;
      if (value === undefined || value === "") {
        return { holds: false, reason: `${name} is ${value === undefined ? "not set" : "empty"}` };
      }
      if (rest.length === 0) return { holds: true, reason: `${name} is set` };
      const holds = value === rest.join("=");
      return { holds, reason: `${name} has ${holds ? "this" : "another"} value` };
    },
  };
}
