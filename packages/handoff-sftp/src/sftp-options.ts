import {
  choiceOption,
  createOptionsSchema,
  numberOption,
  type OptionReader,
  type Plugin,
  type PublishWay,
  type VerificationLevel,
} from "@plumbline/core";
import { withoutAddress } from "./sftp-address.ts";

/** Options of the SFTP destination. Times are in milliseconds, sizes in bytes. */
export interface SftpOptions {
  readonly host: string;
  /** Default: 22. */
  readonly port: number;
  readonly username: string;
  /** The folder that files are published in, on the server. A relative one starts where the server puts the user. It is made if the folder above is there. */
  readonly path: string;
  /** The folder for stagings and manifests. Default: `.plumbline-handoff` in `path`. It must be of the same file system. */
  readonly control: string | undefined;
  /** How files become visible. Default: `atomic`. */
  readonly publish: PublishWay;
  /**
   * Whether what was written is read back and compared (every byte is sent twice), the server is asked for its SHA-256 by a command (which the user must be allowed to run;
   * `publish: atomic` only), or only its size is compared. Default: `read-back`.
   */
  readonly verify: VerificationLevel;
  /**
   * Permission bits of published files and manifests, as a number or in octal (`"0640"`); folders that are made let the same users in, as far as the server's mask does.
   * Default: 0600.
   */
  readonly mode: number;
  /** Fingerprints of the keys that the server may show, as `ssh-keygen -l` prints them: `SHA256:…`. This or `knownHosts` is mandatory. Default: none. */
  readonly hostKey: readonly string[];
  /** Path of a file in OpenSSH's `known_hosts` form, of this machine. Default: none. */
  readonly knownHosts: string | undefined;
  /** Also the answer to a question that is asked with its echo off (keyboard-interactive). Default: none. */
  readonly password: string | undefined;
  /** A private key in OpenSSH's or PEM form, as text. Default: none. */
  readonly privateKey: string | undefined;
  /** Path of a file that holds one, of this machine. Default: none. */
  readonly privateKeyFile: string | undefined;
  /** Of the private key. Default: none. */
  readonly passphrase: string | undefined;
  /** Path of an agent's socket; `env` stands for the one in `SSH_AUTH_SOCK`. Default: none. */
  readonly agent: string | undefined;
  /** Until a session has begun. Default: 20,000. */
  readonly connectTimeoutMs: number;
  /** How long the server may be silent while an answer is due; `fsync` of a large file on a slow disk is the longest. Default: 60,000. */
  readonly replyTimeoutMs: number;
  /** How often the server is asked whether it is there; after three questions without answer it is not. 0: never. Default: 15,000. */
  readonly keepaliveMs: number;
  /** Bytes that are sent and not acknowledged, for each file under way. Default: 8 MiB. */
  readonly windowBytes: number;
  /**
   * Bytes that must stay free over there. Above 0, a server that does not tell how many are free is refused (`publish: atomic`). Default: 1 MiB.
   */
  readonly minFreeBytes: number;
}

/** What must be given; all else has a default. */
export type SftpSettings = Pick<SftpOptions, "host" | "username" | "path"> & Partial<SftpOptions>;

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_MS = 3_600_000;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

const textOption =
  (expected: string): OptionReader<string> =>
  (value) =>
    typeof value === "string" && value !== "" ? { value } : { expected };

const optional =
  (read: OptionReader<string>): OptionReader<string | undefined> =>
  (value) =>
    value === undefined ? { value } : read(value);

const modeOption: OptionReader<number> = (value = 0o600) => {
  const mode = typeof value === "string" && /^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : value;
  const fits = typeof mode === "number" && Number.isInteger(mode) && mode >= 0o400 && mode <= 0o777;
  return fits ? { value: mode } : { expected: 'permission bits, such as "0640"' };
};

const fingerprintsOption: OptionReader<readonly string[]> = (value = []) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const prints = given.filter((each) => typeof each === "string").filter((each) => FINGERPRINT.test(each));
  return prints.length === given.length ? { value: prints } : { expected: "fingerprints as SHA256:…" };
};

const wholeOption = (least: number, most: number, fallback: number): OptionReader<number> => {
  const read = numberOption(least, most, fallback);
  return (value) => {
    const result = read(value);
    return "value" in result && !Number.isInteger(result.value) ? { expected: "a whole number" } : result;
  };
};

const fields = createOptionsSchema<SftpOptions>({
  host: textOption("a host name or address"),
  port: wholeOption(1, 65_535, 22),
  username: textOption("the name of a user"),
  path: textOption("the path of a folder on the server"),
  control: optional(textOption("the path of a folder on the server")),
  publish: choiceOption(["atomic", "linear", "marker"]),
  verify: choiceOption(["read-back", "server", "size"]),
  mode: modeOption,
  hostKey: fingerprintsOption,
  knownHosts: optional(textOption("the path of a file")),
  password: optional(textOption("a text")),
  privateKey: optional(textOption("a private key")),
  privateKeyFile: optional(textOption("the path of a file")),
  passphrase: optional(textOption("a text")),
  agent: optional(textOption("the path of a socket, or env")),
  connectTimeoutMs: wholeOption(1, HOUR_MS, 20_000),
  replyTimeoutMs: wholeOption(1, HOUR_MS, 60_000),
  keepaliveMs: wholeOption(0, HOUR_MS, 15_000),
  windowBytes: wholeOption(32 * KIB, 256 * MIB, 8 * MIB),
  minFreeBytes: wholeOption(0, Number.MAX_SAFE_INTEGER, MIB),
});

/** What is wrong with options each of which fits by itself; never quotes one. */
function missingIn(options: SftpOptions): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const { hostKey, knownHosts, password, privateKey, privateKeyFile, agent, verify, publish } = options;
  const isKnown = hostKey.length > 0 || knownHosts !== undefined;
  const hasWayIn = [password, privateKey, privateKeyFile, agent].some((way) => way !== undefined);
  const isAmbiguous = privateKey !== undefined && privateKeyFile !== undefined;
  return [
    ...(isKnown
      ? []
      : [{ path: ["hostKey"], message: "expected hostKey or knownHosts: an unchecked host is anybody" }]),
    ...(hasWayIn ? [] : [{ path: ["password"], message: "expected password, privateKey, privateKeyFile or agent" }]),
    ...(verify === "server" && publish !== "atomic"
      ? [{ path: ["verify"], message: "expected read-back or size where publish is not atomic" }]
      : []),
    ...(isAmbiguous ? [{ path: ["privateKeyFile"], message: "expected either this or privateKey" }] : []),
  ];
}

export const sftpOptionsSchema: NonNullable<Plugin<"destination", SftpOptions>["options"]> = {
  "~standard": {
    version: 1,
    vendor: "plumbline",
    validate: async (input) => {
      const given = withoutAddress(input);
      if ("issues" in given) return given;
      const result = await fields["~standard"].validate(given.value);
      if (result.issues) return result;
      const issues = missingIn(result.value);
      return issues.length > 0 ? { issues } : result;
    },
  },
};
