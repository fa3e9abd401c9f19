import { coreError } from "../error-codes.ts";
import { errorCode } from "../errors.ts";
import type { Plugin, PluginContext, PluginInstances, PluginKind } from "./plugin.ts";

/** The methods that an instance of each kind must have; those that a contract leaves open are not listed. */
const REQUIRED_METHODS: Readonly<Record<PluginKind, readonly string[]>> = {
  source: ["start", "close"],
  processor: ["process"],
  detector: ["match"],
  sink: ["write", "close"],
  pickup: ["items", "close"],
  destination: ["start", "stage", "inspect", "manifests", "reap", "close"],
  condition: ["evaluate"],
  service: ["start", "close"],
};

/**
 * Makes an instance from options that were checked (`parsePluginOptions`), and sees that it has its kind's methods.
 * Throws `PLB_PLUGIN_CREATE_FAILED` with the cause, or `PLB_PLUGIN_INSTANCE_INVALID` with `details.missing`.
 */
export function createPluginInstance<Kind extends PluginKind, Options>(
  plugin: Plugin<Kind, Options>,
  options: Options,
  context: PluginContext,
): PluginInstances[Kind] {
  let instance: PluginInstances[Kind];
  try {
    instance = plugin.create(options, context);
  } catch (cause) {
    throw coreError("PLB_PLUGIN_CREATE_FAILED", {
      message: `The plugin ${plugin.id} failed to create ${context.name} (${errorCode(cause)}).`,
      details: { id: plugin.id, name: context.name },
      cause,
    });
  }
  const missing = missingMethods(instance, REQUIRED_METHODS[plugin.kind]);
  if (missing.length > 0) {
    throw coreError("PLB_PLUGIN_INSTANCE_INVALID", {
      message: `The plugin ${plugin.id} created no ${plugin.kind} for ${context.name}: it lacks ${missing.join(", ")}.`,
      details: { id: plugin.id, name: context.name, missing },
    });
  }
  return instance;
}

function missingMethods(instance: unknown, required: readonly string[]): readonly string[] {
  if (typeof instance !== "object" || instance === null) return required;
  return required.filter((method) => {
    try {
      return typeof (instance as Record<string, unknown>)[method] !== "function";
    } catch {
      return true; // a getter that throws gives no method
    }
  });
}
