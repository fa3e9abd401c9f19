import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { Readable } from "node:stream";
import { CHANNEL_FD, createListener, type Message } from "./channel.ts";
import type { Job } from "./job.ts";
import type { Observed } from "./observed.ts";
import type { Workshop } from "./workshop.ts";

/** How a child is run beside what it does. */
export interface ChildPlan {
  readonly job: Job;
  /** SIGKILL so many milliseconds after it was started, or after it has told so many things; the first is that its sink is open. */
  readonly kill?: { readonly afterMessages: number; readonly delayMs: number };
  readonly poolSize?: number;
  /** Runs the child's command line with this in front, for limits that a shell sets. */
  readonly launcher?: readonly [string, ...string[]];
  /** Called with every message, while the child lives. */
  readonly onMessage?: (message: Message, child: ChildProcess) => void;
  readonly deadlineMs?: number;
}

/** How it ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It did not end by itself in time. */
  readonly hung: boolean;
  /** The end of what it printed. */
  readonly output: string;
}

/** How a child ended, in one line. */
export function describeEnd({ code, signal, hung, output }: ChildEnd): string {
  const said = output.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
  return `ended with ${code ?? signal ?? "nothing"}${hung ? ", out of time" : ""}${said === "" ? "" : `: ${said}`}`;
}

/** Generous: on a busy machine a process may wait long for its turn, and one that hangs hangs for good. */
const DEADLINE_MS = 150_000;
const OUTPUT_CHARACTERS = 2000;
const SHOWN_CHARACTERS = 300;
const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));

/** Runs one child to its end and puts what it tells into `observed`. Ends it when its time is up; never rejects for what it does. */
export async function runChild(plan: ChildPlan, observed: Observed, workshop: Workshop): Promise<ChildEnd> {
  const command: readonly [string, ...string[]] = [process.execPath, CHILD, JSON.stringify(plan.job)];
  const [program, ...args] = plan.launcher === undefined ? command : ([...plan.launcher, ...command] as const);
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...(plan.poolSize === undefined ? {} : { UV_THREADPOOL_SIZE: String(plan.poolSize) }) },
  });
  workshop.own(child);
  let output = "";
  const keep = (text: string): void => {
    output = (output + text).slice(-OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  // Written to when it has ended already: how it ended says more.
  child.stdin.on("error", () => undefined);

  let messages = 0;
  const killLater = (delayMs: number): void => {
    setTimeout(() => child.kill("SIGKILL"), delayMs).unref();
  };
  const pipe = child.stdio[CHANNEL_FD] as Readable;
  pipe.on(
    "data",
    createListener((message) => {
      observed.add(message);
      plan.onMessage?.(message, child);
      messages += 1;
      if (plan.kill?.afterMessages === messages) killLater(plan.kill.delayMs);
    }),
  );
  if (plan.kill?.afterMessages === 0) killLater(plan.kill.delayMs);

  let hung = false;
  const stopWatching = new AbortController();
  const watch = sleep(plan.deadlineMs ?? DEADLINE_MS, undefined, { signal: stopWatching.signal, ref: false }).then(
    () => {
      hung = true;
      child.kill("SIGKILL");
    },
    () => undefined, // it ended in time
  );
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  stopWatching.abort();
  await watch;
  return { code, signal, hung, output };
}
