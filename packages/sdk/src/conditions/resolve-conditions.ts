import { type Clock, createPluginInstance, type Plugin, type PluginContext } from "@plumbline/core";
import type { ConfigPath } from "../config/problem.ts";
import { createDiagnostics } from "../diagnostics.ts";
import type { OptionsProblem } from "../plugin-options.ts";
import { checkOptions } from "../plugin-options.ts";
import type { ResolvedPlugin } from "../resolve-plugin.ts";
import type { ResolvedCondition } from "./evaluate.ts";
import { type ConditionFault, type ConditionRequest, type ConditionTree, readConditions } from "./read-conditions.ts";

/** What resolving conditions needs of the plan that they stand in. */
export interface ConditionHost {
  readonly clock: Clock;
  readonly find: (name: string, path: ConfigPath) => Promise<ResolvedPlugin>;
  readonly baseDir: (path: ConfigPath) => string;
  /** The scalars at or below a path that a variable was put into, by their paths from there. */
  readonly variablesAt: (path: ConfigPath) => readonly ConfigPath[];
  readonly report: (path: ConfigPath, problem: ConditionProblem) => void;
}

/** What is wrong with a condition, at its place. */
export type ConditionProblem =
  | ({ readonly code: "PLB_CONFIG_VALUE"; readonly nearest?: undefined } & Omit<ConditionFault, "path">)
  | (Pick<OptionsProblem, "code" | "message" | "atKey"> & {
      readonly expected?: string | undefined;
      readonly nearest?: string | undefined;
    });

/**
 * Reads a list of conditions, finds the plugin of each and checks what it is given. Everything that is wrong is reported, and then there are no
 * trees: what cannot be read cannot be evaluated.
 */
export async function resolveConditions(
  value: unknown,
  path: ConfigPath,
  host: ConditionHost,
): Promise<readonly ConditionTree<ResolvedCondition>[] | undefined> {
  const { trees, faults } = readConditions(value, path);
  for (const { path: at, ...fault } of faults) host.report(at, { code: "PLB_CONFIG_VALUE", ...fault });
  const resolved = await resolveAll(trees, host);
  return faults.length > 0 || resolved.length < trees.length ? undefined : resolved;
}

async function resolveAll(
  trees: readonly ConditionTree<ConditionRequest>[],
  host: ConditionHost,
): Promise<readonly ConditionTree<ResolvedCondition>[]> {
  const resolved: ConditionTree<ResolvedCondition>[] = [];
  for (const tree of trees) {
    const each = await resolveTree(tree, host);
    if (each !== undefined) resolved.push(each);
  }
  return resolved;
}

async function resolveTree(
  tree: ConditionTree<ConditionRequest>,
  host: ConditionHost,
): Promise<ConditionTree<ResolvedCondition> | undefined> {
  if (tree.kind === "condition") return resolveOne(tree, host);
  if (tree.kind === "not") {
    const inner = await resolveTree(tree.of, host);
    return inner && { kind: "not", of: inner };
  }
  const all = await resolveAll(tree.of, host);
  return all.length < tree.of.length ? undefined : { kind: "any", of: all };
}

async function resolveOne(request: ConditionRequest, host: ConditionHost): Promise<ResolvedCondition | undefined> {
  const { name, path } = request;
  const { plugin, faults } = await host.find(name, path);
  for (const fault of faults) host.report(path, { ...fault, atKey: true });
  if (plugin === undefined || !isCondition(plugin)) return undefined;
  const { value, issues } = await checkOptions(plugin, request.options, host.variablesAt(path), host.baseDir(path));
  for (const issue of issues) host.report([...path, ...issue.path], issue);
  if (issues.length > 0) return undefined;
  const context = createContext(name, host.baseDir(path), host.clock);
  return { kind: "condition", name, create: () => createPluginInstance(plugin, value, context) };
}

function isCondition(plugin: Plugin): plugin is Plugin<"condition"> {
  return plugin.kind === "condition";
}

/** A condition only looks: it gets nothing to keep, and nothing of the service. */
function createContext(name: string, baseDir: string, clock: Clock): PluginContext {
  return {
    name,
    clock,
    diagnostics: createDiagnostics(`plumbline: ${name}`),
    resource: {},
    dataDir: undefined,
    baseDir,
    journal: undefined,
    signal: new AbortController().signal,
  };
}
