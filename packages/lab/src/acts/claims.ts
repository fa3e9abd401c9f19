import { once } from "node:events";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import type { Message, Tell } from "../channel.ts";
import type { ClaimsAct, Job } from "../job.ts";

/** What the lab asks of the claimants of a process, one a line on standard input. */
export type ClaimOrder =
  | { readonly order: "claim"; readonly round: number }
  | { readonly order: "release"; readonly claimant: string };

/** One worker thread for each claimant. Orders go to all of them, what they tell is passed on; the end of the orders ends them. */
export async function claims(job: Job, act: ClaimsAct, tell: Tell): Promise<void> {
  const workers = act.claimants.map(
    (claimant) => new Worker(new URL("claimant.js", import.meta.url), { workerData: { ...job, claimant, act } }),
  );
  await Promise.all(workers.map((worker) => once(worker, "message")));
  for (const worker of workers) worker.on("message", (message: Message) => tell(message));
  tell({ type: "ready" });
  for await (const line of createInterface({ input: process.stdin })) {
    for (const worker of workers) worker.postMessage(JSON.parse(line) as ClaimOrder);
  }
  for (const worker of workers) worker.postMessage("end");
  await Promise.all(workers.map((worker) => once(worker, "exit")));
}
