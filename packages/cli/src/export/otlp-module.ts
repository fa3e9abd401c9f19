import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Clock, createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const PACKAGE = "@plumbline/otlp";

/** How far the export of a file is, as `@plumbline/otlp` tells it. */
export interface ExportProgress {
  readonly offset: number;
  readonly delivered: number;
  readonly rejected: number;
  readonly invalid: number;
}

/** What `@plumbline/otlp` makes to send files. */
export interface FileExporter {
  send(
    path: string,
    start: number,
    signal: AbortSignal,
    onProgress: (progress: ExportProgress) => void | Promise<void>,
  ): Promise<ExportProgress>;
  close(): void;
}

/** What of `@plumbline/otlp` this command uses. The package is found when the command runs: whoever does not export does not install it. */
export interface OtlpModule {
  createFileExporter(
    options: Readonly<Record<string, unknown>>,
    host: {
      readonly clock: Clock;
      readonly diagnostics: Readonly<
        Record<"error" | "warn" | "info" | "debug" | "verbose", (message: string) => void>
      >;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly retryForMs: number;
    },
  ): FileExporter;
}

/** Loads the package from the working directory's project, else from beside this one. Throws `PLB_CLI_NO_PACKAGE`. */
export async function loadOtlp(cwd: string): Promise<OtlpModule> {
  const loaded: unknown = await import(resolveFrom(cwd) ?? PACKAGE).catch((cause: unknown) => {
    throw missing(cause);
  });
  if (typeof loaded !== "object" || loaded === null || !("createFileExporter" in loaded)) throw missing(undefined);
  return loaded as OtlpModule; // the package's own promise
}

function resolveFrom(cwd: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(cwd, "package.json")).resolve(PACKAGE)).href;
  } catch {
    return undefined; // not in this project: it may stand beside this package
  }
}

function missing(cause: unknown): Error {
  const code = errorCode(cause);
  const isThere = code !== "ERR_MODULE_NOT_FOUND" && code !== "unknown";
  return cliError("PLB_CLI_NO_PACKAGE", {
    message: isThere
      ? `${PACKAGE} is installed and could not be loaded (${code}).`
      : `This command needs ${PACKAGE}: npm install ${PACKAGE}`,
    details: { package: PACKAGE, code },
  });
}
