import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "./error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/**
 * Loads what a command alone needs from the working directory's project, else from beside this package, and sees that it exports what is wanted of it.
 * `entry` is the package's name, or one of its entries. Throws `PLB_CLI_NO_PACKAGE`.
 */
export async function loadPackage(cwd: string, entry: string, wanted: string): Promise<unknown> {
  const loaded: unknown = await import(resolveFrom(cwd, entry) ?? entry).catch((cause: unknown) => {
    throw missing(entry, cause);
  });
  if (typeof loaded !== "object" || loaded === null || !(wanted in loaded)) throw missing(entry, undefined);
  return loaded;
}

function resolveFrom(cwd: string, entry: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(cwd, "package.json")).resolve(entry)).href;
  } catch {
    return undefined; // not in this project: it may stand beside this package
  }
}

function missing(entry: string, cause: unknown): Error {
  const name = entry.split("/").slice(0, 2).join("/");
  const code = errorCode(cause);
  const isThere = code !== "ERR_MODULE_NOT_FOUND" && code !== "unknown";
  return cliError("PLB_CLI_NO_PACKAGE", {
    message: isThere
      ? `${name} is installed and could not be loaded (${code}).`
      : `This command needs ${name}: npm install ${name}`,
    details: { package: name, code },
  });
}
