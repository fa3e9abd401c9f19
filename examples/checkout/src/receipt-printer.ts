import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { definePlugin, type Plugin } from "@plumbline/core";

/** Milliseconds that the printer takes for a batch, however short. */
const PRINT_MS = 15;

/** A sink as anybody may write one: a printer that is slow, and prints one short line an event. */
export const receiptPrinter: Plugin<"sink", undefined> = definePlugin({
  id: "@plumbline-examples/checkout/receipt-printer",
  kind: "sink",
  apiVersion: 1,
  create(_options, context) {
    const folder = context.dataDir;
    if (folder === undefined) throw new Error("The receipt printer has no folder to print into.");
    return {
      async start() {
        await mkdir(folder, { recursive: true });
      },
      async write(batch) {
        await sleep(PRINT_MS);
        const receipts = batch.map((line) => {
          const { time, name, attributes } = line.event();
          const { worker, step } = attributes;
          return `${JSON.stringify({ time: String(time), name, attributes: { worker, step } })}\n`;
        });
        await appendFile(join(folder, "receipts.jsonl"), receipts.join(""));
      },
      close: () => undefined,
    };
  },
});
