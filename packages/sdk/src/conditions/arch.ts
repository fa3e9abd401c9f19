import type * as z from "zod";
import { type BuiltInCondition, listWords } from "./condition-plugin.ts";
import type { HostFacts } from "./host-facts.ts";
import { oneOfNames } from "./one-of-names.ts";

const ARCHITECTURES = [
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips",
  "mipsel",
  "ppc64",
  "riscv64",
  "s390x",
  "x64",
] as const;

/** What `arch` takes. */
export const archSchema: z.ZodType<readonly string[]> = oneOfNames(
  [...ARCHITECTURES],
  "The processor's architecture, by Node's name for it; of a list, any.",
);

/** `arch: arm64`, or a list of which any will do. Source: Node.js documentation, `process.arch`. */
export function archCondition(facts: Pick<HostFacts, "arch">): BuiltInCondition<readonly string[]> {
  return {
    name: "arch",
    schema: archSchema,
    evaluate: (wanted) => {
      const holds = wanted.includes(facts.arch);
      return { holds, reason: `this is ${facts.arch}${holds ? "" : `, not ${listWords(wanted)}`}` };
    },
  };
}
