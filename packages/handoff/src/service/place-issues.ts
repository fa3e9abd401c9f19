import { errorCode, type OptionsIssue, parsePluginOptions, PlumblineError } from "@plumbline/core";
import type { HandoffOptions } from "./handoff-options.ts";
import { destinationPlugin } from "./load-destination.ts";
import { pickupInput, unreadOption } from "./load-pickup.ts";
import { loadPlugin } from "./load-plugin.ts";

/** What can be said against `from` and `to` before anything is started: plugins that are not there, their options, and options that what is picked up does not read. */
export async function placeIssues(options: HandoffOptions, baseDir: string): Promise<readonly OptionsIssue[]> {
  const unread = unreadOption(options);
  const from = pickupInput(options);
  return [
    ...(unread === undefined ? [] : [{ path: [unread.name], message: unread.why }]),
    ...(from === undefined
      ? []
      : await issuesOf("from", options.from, async () => {
          const { use, ...given } = from;
          await parsePluginOptions(await loadPlugin("pickup", use, baseDir), given, { baseDir });
        })),
    ...(await issuesOf("to", options.to, async () => {
      const { plugin, options: given } = await destinationPlugin(options.to, baseDir);
      await parsePluginOptions<"destination", unknown>(plugin, given, { baseDir });
    })),
  ];
}

async function issuesOf(
  name: "from" | "to",
  given: unknown,
  check: () => Promise<void>,
): Promise<readonly OptionsIssue[]> {
  const below = typeof given === "string" ? (): readonly string[] => [] : (path: readonly (string | number)[]) => path;
  try {
    await check();
    return [];
  } catch (error) {
    const issues = PlumblineError.isInstance(error) ? error.details["issues"] : undefined;
    if (!Array.isArray(issues)) return [{ path: [name, ...below(["use"])], message: whyNotLoaded(name, error) }];
    // As `parsePluginOptions` promises.
    return (issues as readonly OptionsIssue[]).map(({ path, message }) => ({ path: [name, ...below(path)], message }));
  }
}

function whyNotLoaded(name: "from" | "to", error: unknown): string {
  const kind = { from: "pickup", to: "destination" }[name];
  const { cause } = error as { readonly cause?: unknown };
  return cause === undefined
    ? `this package has no ${kind}`
    : `this package cannot be loaded (${errorCode(cause)}); install it with npm install`;
}
