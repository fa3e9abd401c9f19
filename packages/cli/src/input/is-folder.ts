import { stat } from "node:fs/promises";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Whether `full` is a folder. Rejects with `PLB_CLI_NO_FILE`, which names it as the user did: `path`. */
export async function isFolder(full: string, path: string): Promise<boolean> {
  try {
    return (await stat(full)).isDirectory();
  } catch (error) {
    const code = errorCode(error);
    throw cliError("PLB_CLI_NO_FILE", {
      message: `${path} cannot be read (${code}).`,
      cause: error,
      details: { path, code },
    });
  }
}
