import type { EventLine, LineEncoder, Plugin } from "@plumbline/core";
import type { EncoderName } from "./config/schema-file.ts";
import { sdkError } from "./error-codes.ts";
import { resolveSpecifier } from "./plugin-specifier.ts";

/** Who makes each encoder: the package, and the function that it exports. */
const MAKERS: Readonly<Record<EncoderName, { readonly packageName: string; readonly create: string }>> = {
  "otlp-json": { packageName: "@plumbline/otlp", create: "createOtlpJsonEncoder" },
};

/** The id of the plugin behind `use: file`. */
export const FILE_PLUGIN_ID = "@plumbline/sdk/file";

/** The package that the encoder in the options of `use: file` comes from; `undefined` where they ask for none. */
export function encoderPackageOf({ id }: Plugin, options: unknown): string | undefined {
  if (id !== FILE_PLUGIN_ID || typeof options !== "object" || options === null || !("encoder" in options))
    return undefined;
  const { encoder } = options;
  return typeof encoder === "string" && isEncoderName(encoder) ? MAKERS[encoder].packageName : undefined;
}

/** An encoder of a package that is installed beside the config. */
export class InstalledEncoder implements LineEncoder {
  readonly #name: EncoderName;
  readonly #baseDir: string;
  #encoder: LineEncoder | undefined;

  constructor(name: EncoderName, baseDir: string) {
    this.#name = name;
    this.#baseDir = baseDir;
  }

  /** Before the first line. Rejects with `PLB_ENCODER_UNUSABLE`. */
  async load(): Promise<void> {
    const { packageName, create } = MAKERS[this.#name];
    const resolved = resolveSpecifier(packageName, this.#baseDir);
    if (!resolved.found) throw unusable(this.#name, resolved.message);
    const module = (await import(resolved.url)) as Readonly<Record<string, unknown>>;
    const made: unknown = typeof module[create] === "function" ? (module[create] as () => unknown)() : undefined;
    if (!isEncoder(made)) throw unusable(this.#name, `${packageName} has no such encoder`);
    this.#encoder = made;
  }

  encode(line: EventLine): string {
    if (this.#encoder === undefined) throw unusable(this.#name, "it is not loaded");
    return this.#encoder.encode(line);
  }
}

function isEncoderName(name: string): name is EncoderName {
  return Object.hasOwn(MAKERS, name);
}

function isEncoder(value: unknown): value is LineEncoder {
  return typeof value === "object" && value !== null && "encode" in value && typeof value.encode === "function";
}

function unusable(name: EncoderName, why: string): Error {
  return sdkError("PLB_ENCODER_UNUSABLE", { message: `The encoder ${name} cannot be used: ${why}.` });
}
