// A service that is to be killed: its events go to a collector from the journal. Prints the number of every event that has reached the journal's class, and at its
// end the account. Argument: JSON of where, the number to begin with, and how many.
import { otlp } from "@plumbline/otlp";
import { start } from "@plumbline/sdk";

const { folder, url, from, events } = JSON.parse(process.argv[2]);
const telemetry = await start({
  cwd: folder,
  env: { NO_PROXY: "*" },
  service: { name: "shop" },
  journal: { path: "shop.jsonl", rotate: { maxBytes: "20KiB", compress: "gzip" } },
  sinks: {
    collector: {
      use: otlp,
      endpoint: url,
      delivery: "journal",
      batch: { maxCount: 20, maxDelay: "1ms" },
      retry: { initial: "5ms", max: "20ms" },
    },
  },
});
for (let n = from; n < from + events; n += 7) {
  const burst = Array.from({ length: Math.min(7, from + events - n) }, (_, at) =>
    telemetry.emitAsync("order.placed", { n: n + at }).then(() => process.stdout.write(`ack ${n + at}\n`)),
  );
  await Promise.all(burst);
}
await telemetry.flush();
process.stdout.write(`report ${JSON.stringify(telemetry.report().outputs)}\n`);
await telemetry.close();
