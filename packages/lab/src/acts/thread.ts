import { parentPort, workerData } from "node:worker_threads";
import type { Message } from "../channel.ts";
import { CONTENDERS } from "../contenders.ts";
import type { Job, StreamAct } from "../job.ts";
import { stream } from "./stream.ts";

/** A worker thread that opens a sink of its own and streams into it. */
async function main(): Promise<void> {
  const { contender: id, open, act } = workerData as Job & { readonly act: StreamAct };
  const contender = CONTENDERS[id];
  const sink = await (await contender.load())(open);
  const tell = (message: Message): void => parentPort?.postMessage(message);
  tell({ type: "ready" });
  await stream(sink, contender, act, tell);
}

void main();
