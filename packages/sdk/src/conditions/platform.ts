import type * as z from "zod";
import { type BuiltInCondition, listWords } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";
import { oneOfNames } from "./one-of-names.ts";

const PLATFORMS = ["aix", "android", "darwin", "freebsd", "linux", "openbsd", "sunos", "win32"] as const;

/** What `platform` takes. */
export const platformSchema: z.ZodType<readonly string[]> = oneOfNames(
  [...PLATFORMS],
  "The operating system, by Node's name for it; of a list, any.",
);

/** `platform: linux`, or a list of which any will do. Source: Node.js documentation, `process.platform`. */
export function platformCondition(facts: Pick<HostFacts, "platform">): BuiltInCondition<readonly string[]> {
  return {
    name: "platform",
    schema: platformSchema,
    evaluate: (wanted) => {
      const holds = wanted.includes(facts.platform);
      return { holds, reason: `this is ${facts.platform}${holds ? "" : `, not ${listWords(wanted)}`}` };
    },
  };
}
