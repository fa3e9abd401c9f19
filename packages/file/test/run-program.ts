import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/**
 * Starts a program of `test/programs` on `dist`. It is ended with the test. One that stays until it is ended does so while its standard input is open, for no signal reaches it
 * where a wrapper runs it as a child of its own, or where this process is killed itself.
 */
export function startProgram(
  name: string,
  args: readonly string[],
  {
    wrapper = [],
    nodeOptions = [],
  }: { readonly wrapper?: readonly string[]; readonly nodeOptions?: readonly string[] } = {},
): ChildProcess {
  const program = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, ...nodeOptions, program, ...args];
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => {
    child.stdin.destroy();
    child.kill("SIGKILL");
  });
  return child;
}

/** All that it writes to its standard output, and how it ended. */
export async function finish(child: ChildProcess): Promise<{
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => (stdout += String(data)));
  child.stderr?.on("data", (data) => (stderr += String(data)));
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
}

/** The first line that it writes, parsed. */
export function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = "";
    let errors = "";
    child.stderr?.on("data", (data) => (errors += String(data)));
    child.stdout?.on("data", (data) => {
      text += String(data);
      const end = text.indexOf("\n");
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as T);
    });
    child.once("close", () => reject(new Error(`it ended without a line: ${errors}`)));
  });
}
