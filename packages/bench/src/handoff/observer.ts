import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { endChild } from "../frame/child-end.ts";

/** Somebody at the far side, in a process of its own, who takes each file as soon as its name is there. */
export class Observer implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(from: string, to: string): Promise<Observer> {
    // Compiled, wherever this module was loaded from.
    const program = new URL("../../dist/handoff/observer-process.js", import.meta.url);
    const child = fork(program, [from, to], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    await once(child, "message");
    return new Observer(child);
  }

  /** Looks a last time; resolves with how many files were not whole when they were first seen. */
  async end(): Promise<number> {
    const answer = once(this.#child, "message");
    this.#child.send("end");
    const [early] = (await answer) as [number];
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
    return early;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
