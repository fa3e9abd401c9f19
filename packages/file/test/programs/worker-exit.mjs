// A worker thread appends lines in the class `buffered` and ends: by process.exit() of its own, by running out of work, by an error, or
// terminated by the main thread, which then says so. Prints how many lines it had been given by then.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createFileSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

if (isMainThread) {
  const [path, how, countText] = process.argv.slice(2);
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, how, count: Number(countText) } });
  worker.on("error", () => undefined);
  worker.on("message", () => {
    // Between two ticks of the main thread the worker may have written some of it.
    if (how === "terminate") void worker.terminate();
  });
  worker.on("exit", (code) => process.stdout.write(`${JSON.stringify({ code })}\n`));
} else {
  const { path, how, count } = workerData;
  const sink = createFileSink({ path, durability: "buffered", flushIntervalMs: 60_000 });
  await sink.start();
  const acknowledged = await sink.appendAsync(makeLine(0), "written");
  for (let index = 1; index < count; index++) sink.append(makeLine(index));
  parentPort.postMessage(acknowledged);
  if (how === "exit") process.exit(0);
  if (how === "throw") throw new Error("on purpose");
  if (how === "terminate") for (;;) Math.random();
}
