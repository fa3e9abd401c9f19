import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The command as npm links it: it runs what was compiled. */
export const COMMAND: string = fileURLToPath(new URL("../bin/plumbline.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: Buffer;
  readonly err: string;
}

export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  /** Resolves when standard output holds the text. */
  said(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** Starts `plumbline` as a process of its own. */
export function startCommand(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env: { PATH: process.env["PATH"], ...env } });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // The command may end before it has read all of its input.
  child.stdin.on("error", () => undefined);
  const finished = (async () => {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return { code, signal, out: Buffer.concat(out), err: Buffer.concat(err).toString() };
  })();
  return {
    process: child,
    async said(text) {
      while (!Buffer.concat(out).includes(text)) {
        const ended = await Promise.race([once(child.stdout, "data").then(() => false), finished.then(() => true)]);
        if (ended && !Buffer.concat(out).includes(text))
          throw new Error(`ended without saying ${text}: ${Buffer.concat(err).toString()}`);
      }
    },
    finished,
  };
}

/** Runs `plumbline` to its end. */
export async function finishCommand(
  args: readonly string[],
  cwd: string,
  input: Uint8Array | string = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const running = startCommand(args, cwd, env);
  running.process.stdin.end(input);
  return running.finished;
}
