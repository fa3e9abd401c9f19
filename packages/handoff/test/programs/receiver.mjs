// Takes what was handed on to a folder, once, and dies by SIGKILL before its n-th call of the file system: node receiver.mjs FOLDER TO [n]
import { callsMade, dieAt } from "./kill-at.mjs";

const [path, to, killAt] = process.argv.slice(2);
await dieAt(Number(killAt));

const { receive } = await import("@plumbline/handoff");
let receipts = 0;
for await (const receipt of receive({ path, to, once: true }, new AbortController().signal))
  receipts += receipt.kind === "taken" ? 1 : 0;
process.stdout.write(`${JSON.stringify({ calls: callsMade(), receipts })}\n`);
