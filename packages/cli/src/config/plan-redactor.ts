import {
  createPluginInstance,
  createRedactor,
  type Detector,
  type Plugin,
  type PluginContext,
  type TextRedactor,
} from "@plumbline/core";
import type { SystemPlan, WiredComponent } from "@plumbline/sdk";
import type { Console } from "../terminal/console.ts";

/** The redactor that a plan asks for, with the detectors of its plugins. Throws what they throw when they are made, and `PLB_REDACT_*`. */
export function createPlanRedactor(plan: SystemPlan, console: Console): TextRedactor {
  const { extraDetectors: _, ...rules } = plan.config.redact;
  const extraDetectors = plan.components.flatMap((component): Detector[] =>
    component.isWired && isDetector(component.plugin)
      ? [createPluginInstance(component.plugin, component.options, detectorContext(component, console))]
      : [],
  );
  return createRedactor({ ...withoutUndefined(rules), extraDetectors });
}

function isDetector(plugin: Plugin): plugin is Plugin<"detector"> {
  return plugin.kind === "detector";
}

/** A detector only looks at text: it gets a clock and somewhere to say things, and nothing to keep. */
function detectorContext(
  { name, path, baseDir }: WiredComponent,
  { clock, err, interruptions }: Console,
): PluginContext {
  const say = (message: string): void => err.print(`plumbline: ${path}: ${message}\n`);
  return {
    name,
    clock,
    diagnostics: { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    resource: {},
    dataDir: undefined,
    baseDir,
    journal: undefined,
    signal: interruptions.signal,
  };
}

function withoutUndefined<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const defined = Object.entries(options).filter(([, value]) => value !== undefined);
  // The entries are those of `options` itself, less the undefined ones.
  return Object.fromEntries(defined) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
