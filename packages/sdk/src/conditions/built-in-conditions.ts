import type { Plugin } from "@plumbline/core";
import type { ZodType } from "zod";
import { archCondition, archSchema } from "./arch.ts";
import { conditionPlugin } from "./condition-plugin.ts";
import { cpuFeatureCondition, cpuFeatureSchema } from "./cpu-feature.ts";
import { envCondition, envSchema } from "./env.ts";
import { hostCondition, hostSchema } from "./host.ts";
import type { HostFacts } from "./host-facts.ts";
import { memoryCondition, memorySchema } from "./memory.ts";
import { nodeVersionCondition, nodeVersionSchema } from "./node-version.ts";
import { pathExistsCondition, pathExistsSchema } from "./path-exists.ts";
import { platformCondition, platformSchema } from "./platform.ts";

/** What each built-in condition takes, by its name. */
export const CONDITION_SCHEMAS: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([
  ["cpuFeature", cpuFeatureSchema],
  ["env", envSchema],
  ["pathExists", pathExistsSchema],
  ["platform", platformSchema],
  ["arch", archSchema],
  ["host", hostSchema],
  ["nodeVersion", nodeVersionSchema],
  ["memory", memorySchema],
]);

/** The built-in conditions, looking at these facts. */
export function createConditions(facts: HostFacts): readonly Plugin[] {
  // Each is checked against its own options; a registry holds plugins of any.
  return [
    conditionPlugin(cpuFeatureCondition(facts)),
    conditionPlugin(envCondition(facts)),
    conditionPlugin(pathExistsCondition(facts)),
    conditionPlugin(platformCondition(facts)),
    conditionPlugin(archCondition(facts)),
    conditionPlugin(hostCondition(facts)),
    conditionPlugin(nodeVersionCondition(facts)),
    conditionPlugin(memoryCondition(facts)),
  ] as readonly unknown[] as readonly Plugin[];
}
