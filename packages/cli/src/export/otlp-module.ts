import type { Clock } from "@plumbline/core";
import { loadPackage } from "../load-package.ts";

/** How far the export of a file is, as `@plumbline/otlp` tells it. */
export interface ExportProgress {
  readonly offset: number;
  readonly delivered: number;
  readonly rejected: number;
  readonly invalid: number;
  readonly unfinished: number;
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
  // The package's own promise.
  return (await loadPackage(cwd, "@plumbline/otlp", "createFileExporter")) as OtlpModule;
}
