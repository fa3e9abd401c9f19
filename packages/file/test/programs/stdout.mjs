// Writes lines to its standard output through the sink, and exits at once.
import { createStdoutSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

const [countText, how] = process.argv.slice(2);
const sink = createStdoutSink({});
await sink.start();
const lines = Array.from({ length: Number(countText) }, (_, index) => makeLine(index, "v".repeat((index * 17) % 1000)));
const written = sink.write(lines);
if (how === "exit") {
  written.catch(() => undefined);
  process.exit(0);
}
try {
  await written;
} catch (error) {
  process.stderr.write(`${error.code}\n`);
}
await sink.close();
