// Serves a journal that another process writes. Says its address; for each line on standard input, how many bytes it holds. Arguments: path, listen.
import { createInterface } from "node:readline";
import { createStreamServer } from "@plumbline/stream-server";

const [, , path, listen] = process.argv;
const server = createStreamServer({ journal: path, listen, auth: "none" });
await server.start();
process.stdout.write(`${server.url}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  const { subscribers } = await server.status();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const blocked = subscribers.filter(({ state }) => state === "blocked").length;
  process.stdout.write(`${JSON.stringify({ bytes: heapUsed + external, blocked })}\n`);
}
