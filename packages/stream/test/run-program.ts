import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";

/** A program of `test/programs`, running on `dist`. It is killed with the test. */
export interface Program {
  readonly child: ChildProcess;
  /** The whole lines that it has said. */
  readonly said: () => readonly string[];
  /** Resolves when it has ended, with what it said on standard error. */
  readonly ended: Promise<string>;
}

export function startProgram(name: string, args: readonly string[]): Program {
  const program = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (text += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (errors += data));
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(errors)));
  return {
    child,
    said: () =>
      text
        .slice(0, text.lastIndexOf("\n") + 1)
        .split("\n")
        .slice(0, -1),
    ended,
  };
}

/** Resolves when it has said enough, or has ended. */
export async function until(program: Program, isEnough: (said: readonly string[]) => boolean): Promise<void> {
  const isOver = (): boolean => program.child.exitCode !== null || program.child.signalCode !== null;
  await expect.poll(() => isEnough(program.said()) || isOver(), { timeout: 60_000, interval: 4 }).toBe(true);
}

export async function kill(program: Program): Promise<void> {
  program.child.kill("SIGKILL");
  expect(await program.ended).toBe("");
}
