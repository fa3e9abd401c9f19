// Opens a file, says where and under which epoch, writes some lines when told to, and stays until it is ended, or its standard input is.
import { createFileSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

const [path, countText = "0", stay = "stay"] = process.argv.slice(2);
const sink = createFileSink({ path });
await sink.start();
for (let index = 0; index < Number(countText); index++) {
  sink.append(makeLine(index, "z".repeat((index * 131) % 2000)));
  if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await sink.flush();
process.stdout.write(`${JSON.stringify({ path: sink.path, epoch: sink.epoch })}\n`);
if (stay === "stay") process.stdin.resume().once("end", () => process.exit());
else await sink.close();
