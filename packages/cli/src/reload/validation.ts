import { execFile } from "node:child_process";
import { mkdir, readFile, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createErrorFactory, errorCode, RetryableError } from "@plumbline/core";
import { writeFileAtomic } from "@plumbline/watch";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Masking } from "./masking.ts";
import type { OutputFile, Rendered } from "./render.ts";
import type { SidecarOptions } from "./sidecar-options.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Stands for the path in a command. */
const PLACE = "{}";
const MAX_SAID_BYTES = 1_048_576;

/** Has the validating commands look at what is to be written, before anything is. */
export class Validation {
  readonly #options: Pick<SidecarOptions, "configFile" | "validate" | "validateEach">;
  readonly #masking: Masking;

  constructor(options: Pick<SidecarOptions, "configFile" | "validate" | "validateEach">, masking: Masking) {
    this.#options = options;
    this.#masking = masking;
  }

  /** Rejects with `PLB_CLI_RELOAD_INVALID`, or a `RetryableError` when a command could not be run, or with the signal's reason. */
  async check({ file, directories }: Rendered, signal: AbortSignal): Promise<void> {
    const { configFile, validate, validateEach } = this.#options;
    if (validateEach !== undefined) {
      for (const output of directories.flatMap(({ files }) => files)) {
        if (!(await isAsItStands(output))) await this.#checkCandidate(validateEach, output, signal);
      }
    }
    if (validate === undefined || configFile === undefined) return;
    if (file === undefined) await this.#run(validate, configFile.input, configFile.input, signal);
    else await this.#checkCandidate(validate, file, signal);
  }

  /** A candidate stands beside the output, so that relative paths in it lead where they will. */
  async #checkCandidate(command: readonly string[], { path, content }: OutputFile, signal: AbortSignal): Promise<void> {
    const candidate = join(dirname(path), `.${basename(path)}.candidate`);
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(candidate, content, { mode: 0o600 });
    try {
      await this.#run(command, candidate, path, signal);
    } finally {
      await unlink(candidate);
    }
  }

  async #run(command: readonly string[], path: string, shownPath: string, signal: AbortSignal): Promise<void> {
    const [program = "", ...words] = command;
    const args = words.map((word) => word.replaceAll(PLACE, () => path));
    if (!command.some((word) => word.includes(PLACE))) args.push(path);
    const { error, said } = await runProgram(program, args, signal);
    signal.throwIfAborted();
    if (error === undefined) return;
    const { code } = error as { readonly code?: unknown };
    if (typeof code !== "number") {
      throw new RetryableError(`The command ${program} could not be run (${errorCode(error)}).`, { cause: error });
    }
    const reason = this.#masking.line(said.replaceAll(path, () => shownPath));
    throw cliError("PLB_CLI_RELOAD_INVALID", {
      message: `${program} refuses ${shownPath} (exit code ${code})${reason === "" ? "." : `: ${reason}`}`,
      details: { path: shownPath, exitCode: code },
    });
  }
}

async function isAsItStands({ path, content }: OutputFile): Promise<boolean> {
  try {
    return (await readFile(path)).equals(content);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

function runProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly error: Error | undefined; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { signal, killSignal: "SIGKILL", maxBuffer: MAX_SAID_BYTES }, (error, out, err) => {
      resolve({ error: error ?? undefined, said: err.trim() === "" ? out : err });
    });
  });
}
