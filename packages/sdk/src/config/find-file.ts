import { stat } from "node:fs/promises";
import { resolve } from "node:path";

/** The names that are looked for in the working directory, in this order. */
export const CONFIG_FILE_NAMES = ["plumbline.yaml", "plumbline.yml", "plumbline.json", "plumbline.mjs"] as const;

/** The variable that names the config file; empty means unset. */
export const CONFIG_FILE_VARIABLE = "PLUMBLINE_CONFIG";

/** Which file is the config. */
export interface FoundFile {
  /** Absolute. */
  readonly path: string;
  /** Whether somebody named it, so that it must be there; else it stood in the working directory. */
  readonly named: boolean;
}

/**
 * The config file: the one named, else the one `PLUMBLINE_CONFIG` names, else the first of {@link CONFIG_FILE_NAMES} in
 * `cwd`. `undefined` when there is none, or `named` is `false`.
 */
export async function findConfigFile(
  named: string | false | undefined,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<FoundFile | undefined> {
  if (named === false) return undefined;
  const wanted = named ?? env[CONFIG_FILE_VARIABLE];
  if (wanted !== undefined && wanted !== "") return { path: resolve(cwd, wanted), named: true };
  for (const name of CONFIG_FILE_NAMES) {
    const path = resolve(cwd, name);
    if (await exists(path)) return { path, named: false };
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    // Anything but "not there" is for the read to report: a file that cannot be looked at is still meant.
    return !(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"));
  }
}
