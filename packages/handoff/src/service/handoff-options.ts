import {
  choiceOption,
  createOptionsSchema,
  numberOption,
  type OptionReader,
  type OverwriteRule,
  type PickupGuarantee,
  type Plugin,
} from "@plumbline/core";
import { PICKUP_DEFAULTS } from "../pickup/pickup-options.ts";
import type { AfterDelivery } from "../pickup/settle-source.ts";
import type { CommitRule } from "../stability/commit-rule.ts";
import { UPLOADER_DEFAULTS } from "../upload/uploader-options.ts";
import type { DestinationInput, PickupInput, PluginInput } from "./load-plugin.ts";
import { placeIssues } from "./place-issues.ts";
import { durationOption, sizeOption } from "./read-units.ts";

/** Options of `use: "@plumbline/handoff"`, as they stand after reading. */
export interface HandoffOptions {
  /**
   * `journal`: the sealed segments of the service's journal; else the path of a journal's active file, whose slots go too (`units: journal`), or of a folder, an address
   * (`s3://bucket/prefix` is for `@plumbline/handoff-s3`), or a plugin and its options.
   */
  readonly from: PickupInput;
  /** What is handed on: files one by one, folders as units (their last file last), or a journal's segments. Default: `files`. */
  readonly units: "files" | "folders" | "journal";
  /** A folder's path, an address, or a plugin and its options. */
  readonly to: DestinationInput;
  /** The state folder. Default: the component's own. */
  readonly state: string | undefined;
  /** Whether folders below are looked through too. Default: `false`. */
  readonly recursive: boolean;
  /** How the producer says that it is done. This and what follows, up to `archiveFor`, is for files one by one, `poll` for units too, and `after` to `archiveFor` for journals too: elsewhere it is refused. Default: `none`. */
  readonly commit: CommitRule;
  /** The ending of a marker or manifest. Default: `.done`, `.sha256`. */
  readonly commitEnding: string | undefined;
  /** The least that must be known of a file. Default: `no-writer`. */
  readonly require: PickupGuarantee;
  /** How long nothing of a file may change that its producer has not committed. Default: `2s`. */
  readonly settle: number | undefined;
  /** How often the whole folder is listed; hints of the system come sooner. Default: `5s`. */
  readonly poll: number | undefined;
  /** What becomes of delivered files. Default: `keep`. */
  readonly after: AfterDelivery;
  /** Where delivered files are moved or compressed to; not within what is picked up, unless it is hidden. Default: `.delivered` in the folder. */
  readonly archive: string | undefined;
  /** How long delivered files stay in the archive. Default: for ever. */
  readonly archiveFor: number | undefined;
  /** When the name is taken. Default: `same`. */
  readonly overwrite: OverwriteRule;
  /** Files under way at once. Default: 4. */
  readonly concurrency: number;
  /** Bytes a second, of all files together, such as `20MiB`. Default: no limit. */
  readonly bandwidth: number | undefined;
  /** How often a file is tried whose failure is its own before it is set aside. Default: 5. */
  readonly attempts: number;
}

const textOption: OptionReader<string | undefined> = (value) =>
  value === undefined || (typeof value === "string" && value !== "") ? { value } : { expected: "a text" };

const isPlugin = (value: unknown): value is PluginInput =>
  typeof value === "object" && value !== null && "use" in value && typeof value.use === "string";

const fromOption: OptionReader<PickupInput> = (value) =>
  isPlugin(value) || (typeof value === "string" && value !== "")
    ? { value }
    : { expected: "`journal`, the path of a folder, an address, or a map with `use`" };

const flagOption: OptionReader<boolean> = (value) =>
  value === undefined || typeof value === "boolean" ? { value: value ?? false } : { expected: "true or false" };

const toOption: OptionReader<DestinationInput> = (value) =>
  isPlugin(value) || (typeof value === "string" && value !== "")
    ? { value }
    : { expected: "the path of a folder, an address, or a map with `use`" };

const ownOptions = createOptionsSchema<HandoffOptions>({
  from: fromOption,
  units: choiceOption(["files", "folders", "journal"]),
  to: toOption,
  state: textOption,
  recursive: flagOption,
  commit: choiceOption([PICKUP_DEFAULTS.commit, "rename", "marker", "manifest"]),
  commitEnding: textOption,
  require: choiceOption([PICKUP_DEFAULTS.require, "committed", "quiescent"]),
  settle: durationOption,
  poll: durationOption,
  after: choiceOption([PICKUP_DEFAULTS.after, "delete", "move", "compress"]),
  archive: textOption,
  archiveFor: durationOption,
  overwrite: choiceOption(["same", "never", "replace"]),
  concurrency: numberOption(1, 256, UPLOADER_DEFAULTS.concurrency),
  bandwidth: sizeOption,
  attempts: numberOption(1, 1000, UPLOADER_DEFAULTS.attempts),
});

/** What stands in `from` and `to` is checked too where the host says what folder the options are of; else when the hand-off starts. */
export const handoffOptionsSchema: NonNullable<Plugin<"service", HandoffOptions>["options"]> = {
  "~standard": {
    version: 1,
    vendor: "plumbline",
    async validate(input, host) {
      const result = await ownOptions["~standard"].validate(input);
      const baseDir = host?.libraryOptions?.["baseDir"];
      if (result.issues !== undefined || typeof baseDir !== "string") return result;
      const issues = await placeIssues(result.value, baseDir);
      return issues.length === 0 ? result : { issues };
    },
  },
};
