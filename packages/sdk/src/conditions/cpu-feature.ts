import * as z from "zod";
import { type BuiltInCondition, listWords } from "./condition-plugin.ts";
import {
  CPU_FEATURE_NAMES,
  type CpuArchitecture,
  listedAs,
  readFeatureName,
  type WantedFeature,
} from "./cpu-feature-names.ts";
import { commonCpuFeatures } from "./cpu-info.ts";
import type { HostFacts } from "./host-facts.ts";

const FORM = "a feature such as avx2, sve or arm64.aes, by systemd's name for it";
const known: ReadonlySet<string> = new Set(CPU_FEATURE_NAMES);
// systemd takes any case, too. The list stands in the JSON Schema alone.
const name = z
  .custom<string>((value) => typeof value === "string" && known.has(value.toLowerCase()), { error: FORM })
  .transform((value) => value.toLowerCase())
  .meta({ type: "string", enum: [...CPU_FEATURE_NAMES] });

/** What `cpuFeature` takes. */
export const cpuFeatureSchema: z.ZodType<readonly string[]> = z
  .union([name, z.array(name).min(1)], { error: FORM })
  .transform((value): readonly string[] => (typeof value === "string" ? [value] : value))
  .meta({
    description: "Every online processor has this feature, by systemd's name for it; of a list, all. Known on Linux.",
  });

/**
 * `cpuFeature: avx2`, or a list of which every one is needed. A name that no architecture has is refused with the config, not taken for
 * a feature that is missing; one of another architecture (`avx2` on arm64) is missing.
 * Source: systemd.unit(5), ConditionCPUFeature.
 */
export function cpuFeatureCondition(
  facts: Pick<HostFacts, "platform" | "arch" | "cpuInfo">,
): BuiltInCondition<readonly string[]> {
  return {
    name: "cpuFeature",
    schema: cpuFeatureSchema,
    evaluate: async (names) => {
      if (facts.platform !== "linux") throw new Error("the features of a CPU are known on Linux alone");
      const architecture = architectureOf(facts.arch);
      const wanted = names.map(readFeatureName);
      const foreign = wanted.filter(
        ({ architectures }) => architecture === undefined || !architectures.includes(architecture),
      );
      if (architecture === undefined || foreign.length > 0) {
        return { holds: false, reason: `this is ${facts.arch}, and ${describe(foreign)}` };
      }
      const present = commonCpuFeatures(await facts.cpuInfo());
      const missing = wanted.filter(({ feature }) => !present.has(listedAs(feature, architecture)));
      const words = (features: readonly WantedFeature[]): string => features.map(({ feature }) => feature).join(", ");
      return missing.length === 0
        ? { holds: true, reason: `every online CPU has ${words(wanted)}` }
        : { holds: false, reason: `not every online CPU has ${words(missing)}` };
    },
  };
}

/** 32-bit programs run on the same processors, which list the same features. */
function architectureOf(arch: string): CpuArchitecture | undefined {
  if (arch === "x64" || arch === "ia32") return "x86-64";
  return arch === "arm64" ? "arm64" : undefined;
}

function describe(features: readonly WantedFeature[]): string {
  return features.map(({ feature, architectures }) => `${feature} is one of ${listWords(architectures)}`).join(", ");
}
