// Appends lines to a journal, in bursts, until it is killed, or so many; says how many are written. Arguments: folder, lines, bytes of padding.
import { join } from "node:path";
import { LineRecord } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";

const [, , folder, lines = "1e9", pad = "0"] = process.argv;
const journal = createFileSink({
  path: join(folder, "checkout.jsonl"),
  rotate: { maxBytes: 200_000, compress: "gzip" },
});
await journal.start();
for (let n = 1; n <= Number(lines); n += 20) {
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => {
      const fields = { time: "2026-11-20T21:57:03.000000Z", severity: "INFO", name: "test.line" };
      const attributes = { n: n + at, pad: "x".repeat(Number(pad)) };
      const rest = JSON.stringify({ ...fields, attributes }).slice(1);
      return journal.appendAsync(new LineRecord(rest, rest.length + 1, 0, 0, 9, "test.line", "logs"));
    }),
  );
  process.stdout.write(`${n + 19}\n`);
  await new Promise((resolve) => setTimeout(resolve, 4));
}
await journal.close();
