import { createSystemClock } from "@plumbline/core";
import { run } from "./run.ts";
import { createColours, wantsColour } from "./terminal/colour.ts";
import type { Console } from "./terminal/console.ts";
import { Interruptions } from "./terminal/interruptions.ts";
import { Output } from "./terminal/output.ts";
import { Progress } from "./terminal/progress.ts";

/** The longest that a timer of Node takes. */
const HOLD_MS = 2 ** 31 - 1;

function createConsole(interruptions: Interruptions): Console {
  const { stdout, stderr, env } = process;
  const clock = createSystemClock();
  const err = new Output(stderr, stderr.isTTY);
  return {
    // Made when it is read: a command that reads no input must not fail because there is none.
    get input() {
      return process.stdin;
    },
    out: new Output(stdout, stdout.isTTY),
    err,
    colours: createColours(wantsColour(stdout.isTTY, env)),
    errColours: createColours(wantsColour(stderr.isTTY, env)),
    progress: new Progress(err, clock),
    env,
    cwd: process.cwd(),
    clock,
    interruptions,
  };
}

async function main(): Promise<void> {
  const interruptions = new Interruptions();
  process.on("SIGINT", () => {
    // Asked to stop already, and still at it: whoever presses again does not want to wait.
    if (interruptions.signal.aborted) process.exit(interruptions.exitCode);
    interruptions.interrupt();
  });
  process.on("SIGTERM", () => interruptions.terminate());
  // The clock's timers keep no process alive, and a command that follows a file waits on nothing else.
  const hold = setInterval(() => undefined, HOLD_MS);
  const code = await run(process.argv.slice(2), createConsole(interruptions));
  clearInterval(hold);
  // Everything has been written. An input that is still open would keep the process.
  process.exit(code);
}

void main();
