import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How a child ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link run}. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent each time the child says `ready`, or all at once where there are several. */
  readonly signals?: readonly NodeJS.Signals[];
  readonly execArgv?: readonly string[];
}

/** The path of a fixture: a module that a child process runs, against what was compiled. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** Runs a fixture to its end. */
export function run(name: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [...(options.execArgv ?? []), fixture(name), ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, TMPDIR, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let isReady = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (isReady || !stdout.includes("ready\n")) return;
    isReady = true;
    for (const signal of options.signals ?? []) child.kill(signal);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The lines of a JSONL file that must be whole; none where there is no file. */
export function readLines(path: string): readonly Readonly<Record<string, unknown>>[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  if (text !== "" && !text.endsWith("\n")) throw new Error(`${path} ends in a torn line`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
