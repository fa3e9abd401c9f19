import { createErrorFactory, type OptionsIssue, PlumblineError } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Console } from "../terminal/console.ts";
import type { HandoffModule } from "./handoff-module.ts";
import { hostContext } from "./host-context.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const PACKAGE = "@plumbline/handoff";

/** Makes the destination that an argument and `--set` name. */
export async function destinationOf(
  module: HandoffModule,
  console: Console,
  text: string,
  set: readonly string[],
): ReturnType<HandoffModule["loadDestination"]> {
  const context = hostContext(console, "handoff", console.cwd);
  if (set.length === 0) return module.loadDestination(text, context);
  const target = addressOf(text) ?? { use: "directory", path: text };
  return loadRetyped(assignedOptions(set), (given) => module.loadDestination({ ...target, ...given }, context));
}

/** The package that an address stands for. */
export function addressOf(text: string): { readonly use: string; readonly url: string } | undefined {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(text)?.[1];
  return scheme === undefined ? undefined : { use: `${PACKAGE}-${scheme}`, url: text };
}

const NUMBER = /^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/**
 * Loads a plugin with options that a command line gives as texts. As with variables in a config, a text stays a text wherever text is taken: only where the plugin
 * refuses it is it read as the number, or `true` or `false`, that it spells.
 */
export async function loadRetyped<Instance>(
  given: Readonly<Record<string, string>>,
  load: (options: Readonly<Record<string, unknown>>) => Promise<Instance>,
): Promise<Instance> {
  try {
    return await load(given);
  } catch (error) {
    const refused = refusedNames(error).filter((name) => name in given && spelt(given[name]) !== undefined);
    if (refused.length === 0) throw error;
    return load({ ...given, ...Object.fromEntries(refused.map((name) => [name, spelt(given[name])])) });
  }
}

/** The options that a plugin's schema says something against. */
function refusedNames(error: unknown): readonly string[] {
  const isRefusal = PlumblineError.isInstance(error) && error.code === "PLB_PLUGIN_OPTIONS_INVALID";
  const issues: unknown = isRefusal ? error.details["issues"] : undefined;
  // As `parsePluginOptions` promises.
  return Array.isArray(issues) ? (issues as readonly OptionsIssue[]).map(({ path }) => String(path[0])) : [];
}

function spelt(text: string | undefined): number | boolean | undefined {
  if (text === "true" || text === "false") return text === "true";
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

/** The options that `name=value` arguments stand for. Throws `PLB_CLI_USAGE`. */
export function assignedOptions(set: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(set.map(assignmentOf));
}

function assignmentOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  // The text is not repeated: it may be a password.
  if (equals < 1) throw cliError("PLB_CLI_USAGE", { message: "--set and --set-source are given as name=value." });
  return [text.slice(0, equals), text.slice(equals + 1)];
}
