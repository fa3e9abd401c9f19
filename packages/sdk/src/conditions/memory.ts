import { parseSize } from "@plumbline/core";
import * as z from "zod";
import { formatSize } from "../config/units.ts";
import type { BuiltInCondition } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";

const FORM = "a size such as 4GiB, after one of <, <=, =, !=, >=, > where at least is not meant";

type Operator = "<" | "<=" | "=" | "!=" | ">=" | ">";

/** A comparison with the memory that there is. */
export interface MemoryBound {
  readonly operator: Operator;
  readonly bytes: number;
}

/** What `memory` takes. */
export const memorySchema: z.ZodType<MemoryBound, string | number> = z
  .union([z.int().positive(), z.string()], { error: FORM })
  .transform((value, context): MemoryBound => {
    const bound = parseBound(value);
    if (bound !== undefined) return bound;
    context.issues.push({ code: "custom", message: FORM, input: value });
    return z.NEVER;
  })
  .meta({
    description:
      "There is at least so much memory; other comparisons stand before the size (`< 2GiB`). A control group's limit counts where it is lower.",
  });

/**
 * `memory: 4GiB` or `memory: ">= 4GiB"`.
 * Source: systemd.unit(5), ConditionMemory; its comparison operators, of which `>=` is the one when none is written.
 */
export function memoryCondition(facts: Pick<HostFacts, "memoryBytes">): BuiltInCondition<MemoryBound> {
  return {
    name: "memory",
    schema: memorySchema,
    evaluate: ({ operator, bytes }) => {
      const present = facts.memoryBytes();
      const holds = COMPARE[operator](present, bytes);
      const wanted = `${operator} ${formatSize(bytes)}`;
      return { holds, reason: `there are ${Math.round(present / 1024 ** 2)} MiB${holds ? "" : `, not ${wanted}`}` };
    },
  };
}

const COMPARE: Readonly<Record<Operator, (present: number, wanted: number) => boolean>> = {
  "<": (present, wanted) => present < wanted,
  "<=": (present, wanted) => present <= wanted,
  "=": (present, wanted) => present === wanted,
  "!=": (present, wanted) => present !== wanted,
  ">=": (present, wanted) => present >= wanted,
  ">": (present, wanted) => present > wanted,
};

function parseBound(value: string | number): MemoryBound | undefined {
  const [, operator = ">=", size = ""] = /^(<=|>=|!=|<|>|=)?(.*)$/s.exec(String(value).trim()) ?? [];
  const bytes = parseSize(size.trim());
  // The pattern lets no other operator through.
  return bytes === undefined || bytes === 0 ? undefined : { operator: operator as Operator, bytes };
}
