import { basename, join } from "node:path";
import { createErrorFactory } from "@plumbline/core";
import type { Generation } from "@plumbline/watch";
import { CLI_ERRORS } from "../error-codes.ts";
import type { SidecarOptions } from "./sidecar-options.ts";
import { substitute } from "./substitute.ts";
import { unpack } from "./unpack.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** A file as the target is to find it. */
export interface OutputFile {
  readonly path: string;
  readonly content: Buffer;
}

/** An output directory: all of its files that are the sidecar's. */
export interface OutputDirectory {
  readonly path: string;
  readonly files: readonly OutputFile[];
}

/** The outputs of one generation. */
export interface Rendered {
  readonly file: OutputFile | undefined;
  readonly directories: readonly OutputDirectory[];
  /** Values that were put in, so that no message shows one. */
  readonly values: ReadonlyMap<string, string>;
  /** Names of variables that are not set. */
  readonly unset: readonly string[];
}

/** Makes the outputs of a generation: unpacked, with variables put in. Rejects with `PLB_CLI_RELOAD_PACKED`. Whether unset variables are a fault is the caller's. */
export async function render(
  options: Pick<SidecarOptions, "configFile" | "directories" | "syntax">,
  generation: Generation,
  lookUp: (name: string) => string | undefined,
): Promise<Rendered> {
  const values = new Map<string, string>();
  const unset = new Set<string>();
  const make = async (from: string, content: Buffer, path: string): Promise<OutputFile> => {
    const made = substitute(await unpack(content, from), options.syntax, lookUp);
    for (const [name, value] of made.used) values.set(name, value);
    for (const name of made.unset) unset.add(name);
    return { path, content: made.content };
  };
  const { input, output } = options.configFile ?? {};
  const config = generation.files.find(({ path, directory }) => path === input && directory === undefined)?.content;
  const file =
    input === undefined || output === undefined || config === undefined ? undefined : await make(input, config, output);
  const directories: OutputDirectory[] = [];
  for (const directory of options.directories) {
    const files: OutputFile[] = [];
    for (const { path, directory: from, content } of generation.files) {
      if (from !== directory.input || content === undefined) continue;
      files.push(await make(path, content, join(directory.output, basename(path))));
    }
    directories.push({ path: directory.output, files });
  }
  return { file, directories, values, unset: [...unset] };
}

/** Throws `PLB_CLI_RELOAD_UNSET`, which names the first. */
export function refuseUnset({ unset }: Rendered): void {
  const [first, ...others] = unset;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  throw cliError("PLB_CLI_RELOAD_UNSET", {
    message: `The variable ${first} is not set${more}.`,
    details: { variables: unset },
  });
}
