// Four worker threads that write the same path.
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { createFileSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

if (isMainThread) {
  const workers = Array.from(
    { length: 4 },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: process.argv[2] }),
  );
  const paths = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  // One is ended without a word: its slot is free at once.
  await workers[0].terminate();
  const again = createFileSink({ path: process.argv[2] });
  await again.start();
  const taken = again.path;
  await again.close();
  for (const worker of workers.slice(1)) worker.postMessage("close");
  await Promise.all(workers.slice(1).map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
  process.stdout.write(`${JSON.stringify({ paths, first: paths[0], taken })}\n`);
} else {
  const sink = createFileSink({ path: workerData });
  await sink.start();
  for (let index = 0; index < 300; index++) sink.append(makeLine(index, "w".repeat(index)));
  await sink.flush();
  parentPort.postMessage(sink.path);
  parentPort.once("message", () => {
    void sink.close().then(() => parentPort.close());
  });
}
