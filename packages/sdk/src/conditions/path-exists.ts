import { resolve } from "node:path";
import * as z from "zod";
import type { BuiltInCondition } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";

/** What `pathExists` takes. */
export const pathExistsSchema: z.ZodType<string, string> = z
  .string({ error: "a path" })
  .min(1)
  .refine((path) => !path.includes("\0"), { error: "a path" })
  .describe(
    "A file, folder or anything else is there; symbolic links are followed. Relative paths start from the config's folder.",
  );

/**
 * `pathExists: /etc/quiet` holds where anything is there, symbolic links followed. What cannot be looked at is a failure, whichever way it is
 * asked for.
 * Source: systemd.unit(5), ConditionPathExists.
 */
export function pathExistsCondition(facts: Pick<HostFacts, "exists">): BuiltInCondition<string> {
  return {
    name: "pathExists",
    schema: pathExistsSchema,
    evaluate: async (path, { baseDir }) => {
      const holds = await facts.exists(resolve(baseDir, path));
      return { holds, reason: `${path} ${holds ? "exists" : "does not exist"}` };
    },
  };
}
