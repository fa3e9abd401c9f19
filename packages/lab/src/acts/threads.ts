import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Message, Tell } from "../channel.ts";
import type { Job, ThreadsAct } from "../job.ts";

/** One worker thread for each act, all on the one path. What they tell is passed on. */
export async function threads(job: Job, act: ThreadsAct, tell: Tell): Promise<void> {
  const ended = act.threads.map(async (thread) => {
    const worker = new Worker(new URL("thread.js", import.meta.url), { workerData: { ...job, act: thread } });
    worker.on("message", (message: Message) => tell(message));
    const [code] = (await once(worker, "exit")) as [number];
    if (code !== 0) throw new Error(`a thread ended with ${String(code)}`);
  });
  await Promise.all(ended);
}
