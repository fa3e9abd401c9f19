// Appends for ever, and says on its standard output which lines were acknowledged as written.
import { writeSync } from "node:fs";
import { createFileSink } from "@plumbline/file";
import { makeLine } from "./lines.mjs";

const [path, firstText] = process.argv.slice(2);
const sink = createFileSink({ path, rotate: { maxBytes: 40_000, compress: "gzip" } });
await sink.start();
let index = Number(firstText);
const work = async () => {
  for (;;) {
    const own = index++;
    await sink.appendAsync(makeLine(own, "y".repeat((own * 7919) % 3000)), "written");
    writeSync(1, `${own}\n`);
  }
};
await Promise.all(Array.from({ length: 16 }, work));
