// A service that appends lines and feeds a sink from its journal. The far side is a file of its own for this run: a line for each event, a mark before each
// batch. Prints the `n` of every line that is written. Arguments: folder, run, and JSON of what it does.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock, LineRecord } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";
import { createJournaledDelivery } from "@plumbline/stream";

const [, , folder, run, text] = process.argv;
const { lines = 1e9, writeMs = 0 } = JSON.parse(text ?? "{}");

function lineOf(n) {
  const rest = JSON.stringify({
    time: "2026-11-20T21:57:03.000000Z",
    severity: "INFO",
    name: "test.line",
    attributes: { n, pad: "x".repeat(n % 90) },
  }).slice(1);
  return new LineRecord(rest, rest.length + 1, 0, 0, 9, "test.line", "logs");
}

const journal = createFileSink({
  path: join(folder, "checkout.jsonl"),
  rotate: { maxBytes: 20_000, compress: "gzip" },
});
await journal.start();
const sink = {
  async write(batch) {
    if (writeMs > 0) await new Promise((resolve) => setTimeout(resolve, writeMs));
    appendFileSync(join(folder, `out.${run}`), `batch\n${batch.map(({ id }) => `${id}\n`).join("")}`);
  },
  close: () => undefined,
};
const delivery = createJournaledDelivery({
  journal,
  sink,
  consumer: "far",
  clock: createSystemClock(),
  batch: { maxCount: 20, maxDelayMs: 0 },
});
await delivery.start();
for (let n = 1; n <= lines; n += 5) {
  const burst = Array.from({ length: 5 }, (_, at) => journal.appendAsync(lineOf(n + at)));
  const ids = await Promise.all(burst);
  process.stdout.write(ids.map((id) => `${id}\n`).join(""));
}
await delivery.flush(60_000);
process.stdout.write(`${JSON.stringify(delivery.report())}\n`);
await delivery.close(60_000);
await journal.close();
