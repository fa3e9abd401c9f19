import { resolve } from "node:path";
import {
  createPluginInstance,
  parsePluginOptions,
  type Pickup,
  type PluginContext,
  type PlumblineError,
} from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { createDirectoryPickup } from "../pickup/directory-pickup.ts";
import { createJournalPickup, type JournalPickupOptions } from "../pickup/journal-pickup.ts";
import { PICKUP_DEFAULTS } from "../pickup/pickup-options.ts";
import { createUnitPickup } from "../pickup/unit-pickup.ts";
import type { HandoffOptions } from "./handoff-options.ts";
import { loadPlugin, type PluginInput, readAddress } from "./load-plugin.ts";

/** What of a service's options tells how files are picked up. */
type PickupChoice = Pick<
  HandoffOptions,
  | "from"
  | "units"
  | "recursive"
  | "commit"
  | "commitEnding"
  | "require"
  | "settle"
  | "poll"
  | "after"
  | "archive"
  | "archiveFor"
>;

/**
 * Makes the pick-up that a service's options name. A plugin is loaded from the project in `context.baseDir`, else from beside this package.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is no such plugin or journal, or an option is given beside a plugin that is for folders; with
 * `PLB_PLUGIN_OPTIONS_INVALID` where the plugin's own do not fit.
 */
export async function loadPickup(choice: PickupChoice, context: PluginContext): Promise<Pickup> {
  const { from, units } = choice;
  if (typeof from !== "string") return pickupOf(from, choice, context);
  const given = readAddress(from);
  if (given !== undefined) return pickupOf(given, choice, context);
  const isJournal = units === "journal" || from === "journal";
  return isJournal ? journalPickup(from, choice, context) : folderPickup(from, choice, context);
}

async function pickupOf(
  { use, ...options }: PluginInput,
  choice: PickupChoice,
  context: PluginContext,
): Promise<Pickup> {
  const misplaced = optionsOfFolders(choice);
  if (misplaced !== undefined) {
    throw invalid(`\`${misplaced}\` is for folders and journals: what ${use} has of the kind stands in \`from\`.`);
  }
  const plugin = await loadPlugin("pickup", use, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options), context);
}

/** The first option that was given and that only a folder or a journal reads. */
function optionsOfFolders(choice: PickupChoice): string | undefined {
  const isGiven: Readonly<Record<string, boolean>> = {
    units: choice.units !== "files",
    recursive: choice.recursive,
    commit: choice.commit !== PICKUP_DEFAULTS.commit,
    commitEnding: choice.commitEnding !== undefined,
    require: choice.require !== PICKUP_DEFAULTS.require,
    settle: choice.settle !== undefined,
    poll: choice.poll !== undefined,
    after: choice.after !== PICKUP_DEFAULTS.after,
    archive: choice.archive !== undefined,
    archiveFor: choice.archiveFor !== undefined,
  };
  return Object.keys(isGiven).find((name) => isGiven[name] === true);
}

function journalPickup(from: string, choice: PickupChoice, context: PluginContext): Pickup {
  const { baseDir, clock, journal, name } = context;
  const path = from === "journal" ? journal?.location.path : resolve(baseDir, from);
  if (path === undefined) throw invalid("`from: journal` needs a journal, and the config has none.");
  return createJournalPickup({ path, consumer: name, ...commonOf(choice, baseDir) }, clock);
}

function folderPickup(from: string, choice: PickupChoice, { baseDir, clock }: PluginContext): Pickup {
  const { units, recursive, commit, commitEnding, require: required, settle, poll } = choice;
  const path = resolve(baseDir, from);
  if (units === "folders") return createUnitPickup({ path, ...(poll === undefined ? {} : { pollMs: poll }) }, clock);
  return createDirectoryPickup(
    {
      path,
      recursive,
      commit,
      require: required,
      ...commonOf(choice, baseDir),
      ...(commitEnding === undefined ? {} : { commitEnding }),
      ...(settle === undefined ? {} : { settleMs: settle }),
    },
    clock,
  );
}

function commonOf(
  { poll, archive, after }: PickupChoice,
  baseDir: string,
): Pick<JournalPickupOptions, "pollMs" | "archive" | "after"> {
  return {
    ...(poll === undefined ? {} : { pollMs: poll }),
    ...(archive === undefined ? {} : { archive: resolve(baseDir, archive) }),
    after,
  };
}

function invalid(message: string): PlumblineError {
  return handoffError("PLB_HANDOFF_OPTIONS_INVALID", { message });
}
