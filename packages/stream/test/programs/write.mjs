// Appends lines to a journal, quickly, until it is killed, or so many; prints the id of every line that is written. Arguments: folder, JSON of what it does.
import { join } from "node:path";
import { LineRecord } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";

const [, , folder, text] = process.argv;
const { lines = 1e9, rotate = { maxBytes: 30_000, compress: "gzip" } } = JSON.parse(text ?? "{}");
const journal = createFileSink({ path: join(folder, "checkout.jsonl"), rotate });
await journal.start();
for (let n = 1; n <= lines; n += 20) {
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, at) => {
      const fields = {
        time: "2026-11-20T21:57:03.000000Z",
        severity: "INFO",
        name: "test.line",
        attributes: { n: n + at },
      };
      const rest = JSON.stringify({ ...fields, body: "x".repeat((n * 7) % 300) }).slice(1);
      return journal.appendAsync(new LineRecord(rest, rest.length + 1, 0, 0, 9, "test.line", "logs"));
    }),
  );
  process.stdout.write(ids.map((id) => `${id}\n`).join(""));
}
await journal.close();
