import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { createErrorFactory, errorCode, RetryableError } from "@plumbline/core";
import { writeFileAtomic } from "@plumbline/watch";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Masking } from "./masking.ts";
import type { OutputFile, Rendered } from "./render.ts";
import type { SidecarOptions } from "./sidecar-options.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Stands for the path in a command. */
const PLACE = "{}";
type Outputs = Pick<Rendered, "file" | "directories">;
const MAX_SAID_BYTES = 1_048_576;

/** Has the validating commands look at what is to be written, before anything is. */
export class Validation {
  readonly #options: Pick<SidecarOptions, "configFile" | "validate" | "validateEach">;
  readonly #masking: Masking;
  /** The check that began last; never rejects. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: Pick<SidecarOptions, "configFile" | "validate" | "validateEach">, masking: Masking) {
    this.#options = options;
    this.#masking = masking;
  }

  /**
   * Rejects with `PLB_CLI_RELOAD_INVALID`, or a `RetryableError` when a command could not be run, or with the signal's reason. One check at a time: that of
   * older content, which nobody waits for any more, has its candidate where the newer one's will be.
   */
  check(rendered: Outputs, signal: AbortSignal): Promise<void> {
    const checking = this.#last.then(() => this.#check(rendered, signal));
    this.#last = checking.catch(() => undefined); // whoever asked for it is told
    return checking;
  }

  async #check({ file, directories }: Outputs, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
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
      await rm(candidate, { force: true });
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
    // Where descriptors have run out it has no streams.
    const child: ChildProcess = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      killSignal: "SIGKILL",
    });
    child.once("error", (error) => {
      // What it has started may hold these open.
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ error, said: "" });
    });
    const out = kept(child.stdout);
    const err = kept(child.stderr);
    child.once("close", (code, by) => {
      const error = code === 0 ? undefined : Object.assign(new Error("it failed"), { code: code ?? by });
      resolve({ error, said: err().trim() === "" ? out() : err() });
    });
  });
}

/** The beginning of what comes; the rest is read and dropped, so that nobody waits for it to be read. */
function kept(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (size < MAX_SAID_BYTES) chunks.push(chunk.subarray(0, MAX_SAID_BYTES - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
