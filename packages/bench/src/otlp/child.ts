import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { endChild } from "../frame/child-end.ts";
import type { ReceiverOrder, ReceiverState } from "./receiver-process.ts";

/** Starts a program of this folder, compiled, wherever this module was loaded from. */
export function startChild(name: string, argument: string): ChildProcess {
  const program = new URL(`../../dist/otlp/${name}.js`, import.meta.url);
  return fork(program, [argument], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** The next message of a child; rejects when it ends before. */
async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController();
  const ended = once(child, "exit", over).then(() => {
    throw new Error("the program ended without an answer");
  });
  try {
    const [message] = (await Promise.race([once(child, "message", over), ended])) as [Message];
    return message;
  } finally {
    over.abort();
  }
}

/** An OTLP receiver in a process of its own. */
export class ReceiverChild implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** It answers each request after so many milliseconds. */
  static async start(delayMs = 0): Promise<ReceiverChild> {
    const child = startChild("receiver-process", String(delayMs));
    const { url } = await nextMessage<ReceiverState>(child);
    return new ReceiverChild(url, child);
  }

  async tell(order: ReceiverOrder): Promise<ReceiverState> {
    const answer = nextMessage<ReceiverState>(this.#child);
    this.#child.send(order);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child);
  }
}
