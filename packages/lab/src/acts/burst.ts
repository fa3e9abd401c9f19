import { pbkdf2 } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Tell } from "../channel.ts";
import type { OpenSink } from "../contender.ts";
import type { BurstAct, Exit } from "../job.ts";
import { Emitter } from "./emitter.ts";

/** Hands events over, the last ones in the very tick in which the process begins to end, and never closes the sink. */
export async function burst(sink: OpenSink, act: BurstAct, tell: Tell): Promise<void> {
  const emitter = new Emitter(sink, act.writer, act.mix, tell);
  const turns = new Set(act.turnsAfter);
  const busyFrom = Math.floor(act.count / 2);
  while (emitter.count < act.count) {
    void emitter.emit();
    if (emitter.count === busyFrom) for (const rounds of act.poolJobs) occupyPool(rounds);
    if (turns.has(emitter.count)) await turn();
  }
  emitter.tellAll();
  end(act.exit);
}

/** Keeps a thread of the pool from the file system's work for a while. */
function occupyPool(rounds: number): void {
  pbkdf2("password", "salt", rounds, 64, "sha512", (error) => {
    if (error !== null) throw error;
  });
}

function end(exit: Exit): void {
  switch (exit) {
    case "process.exit":
      process.exit(0);
      break;
    case "throw":
      // Not from here: what an async function throws is a rejection.
      queueMicrotask(() => {
        throw new Error("the lab's planted error");
      });
      break;
    case "rejection":
      void Promise.reject(new Error("the lab's planted rejection"));
      break;
    case "SIGTERM":
    case "SIGINT":
      // Alive until the signal, or whoever listens to it, ends the process.
      setInterval(() => undefined, 1000);
      process.kill(process.pid, exit);
      break;
    case "beforeExit":
      break;
  }
}
