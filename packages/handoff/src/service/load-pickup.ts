import { dirname, join, resolve } from "node:path";
import {
  createPluginInstance,
  parsePluginOptions,
  type Pickup,
  type PluginContext,
  type PlumblineError,
} from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { createDirectoryPickup } from "../pickup/directory-pickup.ts";
import { createJournalPickup } from "../pickup/journal-pickup.ts";
import { PICKUP_DEFAULTS } from "../pickup/pickup-options.ts";
import { expectArchiveFor } from "../pickup/settle-source.ts";
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

/** What a text in `from` stands for. */
interface SourcePlace {
  readonly kind: HandoffOptions["units"];
  /** Of the folder, or of a journal's active file. */
  readonly path: string;
  /** Where delivered files are put. */
  readonly archive: string;
}

type FolderOption = Exclude<keyof PickupChoice, "from">;

/** What is for files one by one alone. */
const OF_FILES: readonly FolderOption[] = ["recursive", "commit", "commitEnding", "require", "settle"];
const OF_ARCHIVES: readonly FolderOption[] = ["after", "archive", "archiveFor"];

/**
 * Makes the pick-up that a service's options name. A plugin is loaded from the project in `context.baseDir`, else from beside this package.
 *
 * Rejects with `PLB_HANDOFF_OPTIONS_INVALID` where there is no such plugin or journal, an option is given that what is picked up does not read, or the archive is within what
 * is picked up; with `PLB_PLUGIN_OPTIONS_INVALID` where a plugin's own do not fit.
 */
export async function loadPickup(choice: PickupChoice, context: PluginContext): Promise<Pickup> {
  const { from } = choice;
  const given = typeof from === "string" ? readAddress(from) : from;
  if (given !== undefined) return pluginPickup(given, choice, context);
  const place = placeOf(choice, context);
  if (place === undefined) throw invalid("`from: journal` needs a journal, and the config has none.");
  const unread = { files: [], journal: OF_FILES, folders: [...OF_FILES, ...OF_ARCHIVES] }[place.kind];
  refuseGiven(choice, unread, (name) => `\`${name}\` is not for \`units: ${place.kind}\`.`);
  const { path, archive, kind } = place;
  const folder = kind === "journal" ? dirname(path) : path;
  await expectArchiveFor({ after: choice.after, archive, path: folder, isRecursive: choice.recursive });
  return pickupAt(place, choice, context);
}

/** The folder that delivered files are put in; `undefined` where there is none. */
export function archiveOf(choice: PickupChoice, context: PluginContext): string | undefined {
  const { after, from } = choice;
  if (after === "keep" || after === "delete") return undefined;
  return typeof from === "string" && readAddress(from) === undefined ? placeOf(choice, context)?.archive : undefined;
}

function placeOf(choice: PickupChoice, { baseDir, journal }: PluginContext): SourcePlace | undefined {
  const { from, units, archive } = choice;
  if (typeof from !== "string") return undefined;
  const isJournal = units === "journal" || from === "journal";
  const path = from === "journal" ? journal?.location.path : resolve(baseDir, from);
  if (path === undefined) return undefined;
  const beside = join(isJournal ? dirname(path) : path, PICKUP_DEFAULTS.archive);
  return {
    kind: isJournal ? "journal" : units,
    path,
    archive: archive === undefined ? beside : resolve(baseDir, archive),
  };
}

async function pluginPickup(input: PluginInput, choice: PickupChoice, context: PluginContext): Promise<Pickup> {
  refuseGiven(
    choice,
    ["units", "poll", ...OF_FILES, ...OF_ARCHIVES],
    (name) => `\`${name}\` is for folders and journals: what ${input.use} has of the kind stands in \`from\`.`,
  );
  return loadPickupPlugin(input, context);
}

/**
 * Makes the pick-up that a plugin is for, with its own options; a command line's, say. Where the plugin is looked for, and what this rejects with, is as with
 * a destination.
 */
export async function loadPickupPlugin({ use, ...options }: PluginInput, context: PluginContext): Promise<Pickup> {
  const plugin = await loadPlugin("pickup", use, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options), context);
}

/** Throws where one of these options was given. */
function refuseGiven(choice: PickupChoice, names: readonly FolderOption[], why: (name: string) => string): void {
  const defaults: Partial<Record<FolderOption, unknown>> = {
    units: "files",
    recursive: false,
    commit: PICKUP_DEFAULTS.commit,
    require: PICKUP_DEFAULTS.require,
    after: PICKUP_DEFAULTS.after,
  };
  const misplaced = names.find((name) => choice[name] !== defaults[name]);
  if (misplaced !== undefined) throw invalid(why(misplaced));
}

function pickupAt({ kind, path, archive }: SourcePlace, choice: PickupChoice, context: PluginContext): Pickup {
  const { clock, diagnostics, name } = context;
  const { recursive, commit, commitEnding, require: required, settle, poll, after } = choice;
  const common = {
    path,
    ...(poll === undefined ? {} : { pollMs: poll }),
    onTrouble: (where: string, code: string) =>
      diagnostics.warn(`The hand-off ${name} leaves out what it cannot look at: ${where} (${code}).`),
  };
  if (kind === "folders") return createUnitPickup(common, clock);
  if (kind === "journal") return createJournalPickup({ ...common, consumer: name, after, archive }, clock);
  return createDirectoryPickup(
    {
      ...common,
      recursive,
      commit,
      require: required,
      after,
      archive,
      ...(commitEnding === undefined ? {} : { commitEnding }),
      ...(settle === undefined ? {} : { settleMs: settle }),
    },
    clock,
  );
}

function invalid(message: string): PlumblineError {
  return handoffError("PLB_HANDOFF_OPTIONS_INVALID", { message });
}
