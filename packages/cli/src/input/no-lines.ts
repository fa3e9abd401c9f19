import { createErrorFactory } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** `PLB_CLI_NO_FILE`, for a folder in which there is nothing to read. */
export function noLines(path: string): Error {
  return cliError("PLB_CLI_NO_FILE", {
    message: `The folder ${path} holds no file of lines (*.jsonl).`,
    details: { path },
  });
}
