import { satisfies, validRange } from "semver";
import * as z from "zod";
import type { BuiltInCondition } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";

const FORM = "a range of versions such as >=22.3 or ^20.19 || >=22";

/** What `nodeVersion` takes. */
export const nodeVersionSchema: z.ZodType<string, string> = z
  .string({ error: FORM })
  .refine((range) => range.trim() !== "" && range.length <= 256 && validRange(range) !== null, { error: FORM })
  .describe(
    "Node's version lies in this range, as npm reads one; a nightly or release candidate counts by its number.",
  );

/** `nodeVersion: ">=22.3"`. Source: npm's semver ranges. */
export function nodeVersionCondition(facts: Pick<HostFacts, "nodeVersion">): BuiltInCondition<string> {
  return {
    name: "nodeVersion",
    schema: nodeVersionSchema,
    evaluate: (range) => {
      const holds = satisfies(facts.nodeVersion, range, { includePrerelease: true });
      return { holds, reason: `this is Node ${facts.nodeVersion}${holds ? "" : `, not ${range}`}` };
    },
  };
}
