import { spawn, type ChildProcess } from "node:child_process";
import { createSystemClock, type Clock } from "@plumbline/core";
import { watchError } from "../watch-error.ts";
import { triggerFailed, type Trigger } from "./trigger.ts";

/** Options of {@link createCommandTrigger}. */
export interface CommandTriggerOptions {
  /** A program, by its path or its name; no shell reads it. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Default: this process' own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** By which it says that it has done it. Default `[0]`. */
  readonly expectedExitCodes?: readonly number[];
  /** By which it says that the config is bad. Default none. */
  readonly rejectedExitCodes?: readonly number[];
  /** Milliseconds that it may take. Default 30,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Between being asked to end, and being ended: at the timeout, and for newer content, which is not to wait for this. */
const KILL_AFTER_MS = { timeout: 2000, abort: 100 };

type Exit =
  | { readonly kind: "exited"; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly kind: "notStarted"; readonly error: Error };

/** A command that tells the target. What it prints is dropped. It is ended, with all that is in its process group, at the timeout and when the signal aborts. */
export function createCommandTrigger(options: CommandTriggerOptions): Trigger {
  const { command, expectedExitCodes = [0], rejectedExitCodes = [], timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { clock = createSystemClock(), args = [], env = process.env, cwd } = options;
  return {
    method: "command",
    async fire(signal): Promise<void> {
      signal.throwIfAborted();
      const isGroup = process.platform !== "win32";
      const child = spawn(command, args, { env, cwd, stdio: "ignore", detached: isGroup });
      let isTimedOut = false;
      const end = (): void => endChild(child, clock, isGroup, KILL_AFTER_MS.abort);
      const timer = clock.setTimer(() => {
        isTimedOut = true;
        endChild(child, clock, isGroup, KILL_AFTER_MS.timeout);
      }, timeoutMs);
      signal.addEventListener("abort", end, { once: true });
      try {
        const exit = await exitOf(child);
        signal.throwIfAborted();
        if (exit.kind === "notStarted") throw triggerFailed(`The command ${command} could not be started`, exit.error);
        if (isTimedOut) throw triggerFailed(`The command ${command} did not end within ${timeoutMs} ms`);
        judge(command, exit, expectedExitCodes, rejectedExitCodes);
      } finally {
        timer.cancel();
        signal.removeEventListener("abort", end);
      }
    },
  };
}

function judge(
  command: string,
  { code, signal }: Exit & { readonly kind: "exited" },
  expected: readonly number[],
  rejected: readonly number[],
): void {
  if (code === null) throw triggerFailed(`The command ${command} was ended by ${signal ?? "a signal"}`);
  if (rejected.includes(code)) {
    throw watchError("PLB_WATCH_REJECTED", { message: `The command ${command} refused the config: ${code}.` });
  }
  if (!expected.includes(code)) {
    throw triggerFailed(`The command ${command} ended with ${code}`, undefined, { isAnswered: true, exitCode: code });
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "notStarted", error }));
    child.once("exit", (code, signal) => resolve({ kind: "exited", code, signal }));
  });
}

function endChild(child: ChildProcess, clock: Clock, isGroup: boolean, killAfterMs: number): void {
  send(child, "SIGTERM", isGroup);
  clock.setTimer(() => {
    if (child.exitCode === null && child.signalCode === null) send(child, "SIGKILL", isGroup);
  }, killAfterMs);
}

function send(child: ChildProcess, signal: NodeJS.Signals, isGroup: boolean): void {
  if (child.pid === undefined) return;
  try {
    process.kill(isGroup ? -child.pid : child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}
