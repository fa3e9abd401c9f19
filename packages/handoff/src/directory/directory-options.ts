import {
  choiceOption,
  createOptionsSchema,
  type OptionReader,
  type Plugin,
  type PublishWay,
  type VerificationLevel,
} from "@plumbline/core";

/** Options of the directory destination. */
export interface DirectoryOptions {
  /** The folder that files are published in. It is made if the folder above is there. */
  readonly path: string;
  /**
   * The folder for stagings and manifests. Default: `.plumbline-handoff` in `path`. One outside is not seen by who watches `path` with all that is below; it
   * must be of the same file system and mount.
   */
  readonly control: string | undefined;
  /** How files become visible. Default: `atomic`. */
  readonly publish: PublishWay;
  /** Whether what was written is read back and compared, or only its size is. Default: `read-back`. */
  readonly verify: Exclude<VerificationLevel, "server">;
  /** Permission bits of published files and manifests, as a number or in octal (`"0640"`); folders that are made let the same users in. Default: 0600. */
  readonly mode: number;
}

const modeOption: OptionReader<number> = (value) => {
  const mode = typeof value === "string" && /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : (value ?? 0o600);
  return typeof mode === "number" && Number.isInteger(mode) && mode >= 0o400 && mode <= 0o777
    ? { value: mode }
    : { expected: 'permission bits, such as "0640"' };
};

const pathOption: OptionReader<string> = (value) =>
  typeof value === "string" && value !== "" ? { value } : { expected: "the path of a folder" };

export const directoryOptionsSchema: NonNullable<Plugin<"destination", DirectoryOptions>["options"]> =
  createOptionsSchema<DirectoryOptions>({
    path: pathOption,
    control: (value) => (value === undefined ? { value } : pathOption(value)),
    publish: choiceOption(["atomic", "linear", "marker"]),
    verify: choiceOption(["read-back", "size"]),
    mode: modeOption,
  });
