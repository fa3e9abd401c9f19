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
  const unread = unreadOption(choice);
  if (unread !== undefined) throw invalid(`\`${unread.name}\` ${unread.why}.`);
  const given = pickupInput(choice);
  if (given !== undefined) return loadPickupPlugin(given, context);
  const place = placeOf(choice, context);
  if (place === undefined) throw invalid("`from: journal` needs a journal, and the config has none.");
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
  const path = from === "journal" ? journal?.location.path : resolve(baseDir, from);
  if (path === undefined) return undefined;
  const isOfJournal = isJournal(choice);
  const beside = join(isOfJournal ? dirname(path) : path, PICKUP_DEFAULTS.archive);
  return {
    kind: isOfJournal ? "journal" : units,
    path,
    archive: archive === undefined ? beside : resolve(baseDir, archive),
  };
}

/** The plugin that `from` names and its options; `undefined` where it names a place of this machine. */
export function pickupInput({ from }: Pick<PickupChoice, "from">): PluginInput | undefined {
  return typeof from === "string" ? readAddress(from) : from;
}

/**
 * Makes the pick-up that a plugin is for, with its own options; a command line's, say. Where the plugin is looked for, and what this rejects with, is as with
 * a destination.
 */
export async function loadPickupPlugin({ use, ...options }: PluginInput, context: PluginContext): Promise<Pickup> {
  const plugin = await loadPlugin("pickup", use, context.baseDir);
  return createPluginInstance(plugin, await parsePluginOptions(plugin, options, context), context);
}

/** The first option that was given and that what is picked up does not read. */
export function unreadOption(choice: PickupChoice): { readonly name: string; readonly why: string } | undefined {
  const given = pickupInput(choice);
  const kind = isJournal(choice) ? "journal" : choice.units;
  const ofKind = { files: [], journal: OF_FILES, folders: [...OF_FILES, ...OF_ARCHIVES] } as const;
  const unread = given === undefined ? ofKind[kind] : (["units", "poll", ...OF_FILES, ...OF_ARCHIVES] as const);
  const defaults: Partial<Record<FolderOption, unknown>> = {
    units: "files",
    recursive: false,
    commit: PICKUP_DEFAULTS.commit,
    require: PICKUP_DEFAULTS.require,
    after: PICKUP_DEFAULTS.after,
  };
  const name = unread.find((each) => choice[each] !== defaults[each]);
  if (name === undefined) return undefined;
  const why =
    given === undefined
      ? `is not for \`units: ${kind}\``
      : `is for folders and journals: what ${given.use} has of the kind stands in \`from\``;
  return { name, why };
}

function isJournal({ from, units }: PickupChoice): boolean {
  return units === "journal" || from === "journal";
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
  if (kind === "journal") {
    // The slot of this process is its own; who is given a path stands for all that write there.
    const slots = choice.from !== "journal";
    return createJournalPickup({ ...common, slots, consumer: name, after, archive }, clock);
  }
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
