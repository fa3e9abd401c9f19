// A cluster worker's proof must be its own, not a socket that the primary holds for it.
import cluster from "node:cluster";
import { createFileSink } from "@plumbline/file";

const path = process.argv[2];
if (cluster.isPrimary) {
  const open = () =>
    new Promise((resolve) => {
      const worker = cluster.fork();
      worker.once("message", (where) => resolve({ worker, where }));
    });
  const first = await open();
  const second = await open();
  const gone = new Promise((resolve) => first.worker.once("exit", resolve));
  process.kill(first.worker.process.pid, "SIGKILL");
  await gone;
  const third = await open();
  process.stdout.write(`${JSON.stringify([first.where, second.where, third.where])}\n`);
  for (const each of [second, third]) each.worker.kill("SIGKILL");
} else {
  const sink = createFileSink({ path });
  await sink.start();
  process.send(sink.path);
  setInterval(() => undefined, 1000);
}
