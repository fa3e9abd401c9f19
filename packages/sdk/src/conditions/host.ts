import * as z from "zod";
import { type BuiltInCondition, listWords } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";

const FORM = "a host's name, in which * stands for any characters and ? for one";
const pattern = z.string().regex(/^[A-Za-z0-9._*?-]{1,253}$/, { error: FORM });

/** What `host` takes. */
export const hostSchema: z.ZodType<readonly string[]> = z
  .union([pattern, z.array(pattern).min(1)], { error: FORM })
  .transform((value): readonly string[] => (typeof value === "string" ? [value] : value))
  .meta({
    description: "The host's name, without regard to case; `*` and `?` stand for other characters. Of a list, any.",
  });

/**
 * `host: web-*`, or a list of which any will do.
 * Source: systemd.unit(5), ConditionHost; a machine id is not looked at.
 */
export function hostCondition(facts: Pick<HostFacts, "hostname">): BuiltInCondition<readonly string[]> {
  return {
    name: "host",
    schema: hostSchema,
    evaluate: (wanted) => {
      const name = facts.hostname();
      const holds = wanted.some((each) => matches(each.toLowerCase(), name.toLowerCase()));
      return { holds, reason: `this host is ${name}${holds ? "" : `, not ${listWords(wanted)}`}` };
    },
  };
}

/** Whether a name fits a pattern of `*` and `?`: at a mismatch the last `*` takes one more character, so it ends for any input. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let read = 0; read < name.length;) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at;
      taken = read;
      at += 1;
    } else if (wanted === "?" || wanted === name[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      at = star + 1;
      taken += 1;
      read = taken;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
