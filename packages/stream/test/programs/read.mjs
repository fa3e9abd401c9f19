// Reads a journal that another process writes, and prints what it gets, one item a line, the cursor first. Arguments: folder, cursor.
import { join } from "node:path";
import { subscribe } from "@plumbline/stream";

const [, , folder, cursor] = process.argv;
for await (const item of subscribe(join(folder, "checkout.jsonl"), { cursor, pollMs: 20, maxBatchCount: 50 })) {
  const said =
    item.kind === "gap"
      ? { gap: item }
      : item.kind === "events"
        ? { ids: item.lines.map(({ id }) => id) }
        : { at: item.cursor };
  process.stdout.write(`${JSON.stringify({ cursor: item.cursor, ...said })}\n`);
}
