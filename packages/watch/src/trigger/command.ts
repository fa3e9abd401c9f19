import { spawn, type ChildProcess } from "node:child_process";
import { createSystemClock, type Clock, type ClockTimer } from "@plumbline/core";
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

/** A command that tells the target. What it prints is dropped. It is ended, with all that is in its process group, at the timeout and when the signal aborts, and `fire` settles after that. */
export function createCommandTrigger(options: CommandTriggerOptions): Trigger {
  const { command, expectedExitCodes = [0], rejectedExitCodes = [], timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { clock = createSystemClock(), args = [], env = process.env, cwd } = options;
  return {
    method: "command",
    async fire(signal): Promise<void> {
      signal.throwIfAborted();
      const isGroup = process.platform !== "win32";
      const child = spawn(command, args, { env, cwd, stdio: "ignore", detached: isGroup });
      const ending = createEnding(child, clock, isGroup);
      let isTimedOut = false;
      const end = (): void => ending.begin(KILL_AFTER_MS.abort);
      const timer = clock.setTimer(() => {
        isTimedOut = true;
        ending.begin(KILL_AFTER_MS.timeout);
      }, timeoutMs);
      signal.addEventListener("abort", end, { once: true });
      try {
        const exit = await exitOf(child);
        await ending.over();
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

interface Ending {
  /** Asks all of the group to end, and ends it after so many milliseconds; of two such ends the later asked for holds. */
  begin(killAfterMs: number): void;
  /** Once the command itself has ended: resolves when nothing of its group is left, or what is left has been ended. At once if none was asked to. */
  over(): Promise<void>;
}

function createEnding(child: ChildProcess, clock: Clock, isGroup: boolean): Ending {
  let kill: ClockTimer | undefined;
  let killed: () => void = () => undefined;
  const isKilled = new Promise<void>((resolve) => {
    killed = resolve;
  });
  return {
    begin(killAfterMs): void {
      send(child, "SIGTERM", isGroup);
      kill?.cancel();
      kill = clock.setTimer(() => {
        send(child, "SIGKILL", isGroup);
        killed();
      }, killAfterMs);
    },
    async over(): Promise<void> {
      if (kill === undefined) return;
      // The id is the group's until the last of it has gone.
      if (isGroup && send(child, 0, isGroup)) await isKilled;
      else kill.cancel();
    },
  };
}

/** Says whether anybody was there to be told. */
function send(child: ChildProcess, signal: NodeJS.Signals | 0, isGroup: boolean): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(isGroup ? -child.pid : child.pid, signal);
  } catch {
    return false; // It has ended by itself.
  }
}
