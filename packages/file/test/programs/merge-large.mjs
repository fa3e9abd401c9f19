// Writes three files that together are many times the heap that this process is given, merges them, and prints what came and how much
// memory that took beyond what was there before.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { mergeFiles } from "@plumbline/file";

const [directory, countText] = process.argv.slice(2);
const count = Number(countText);
const FILES = 3;
const MIB = 2 ** 20;
const start = Date.UTC(2026, 10, 20);
const padding = "x".repeat(300);
let bytes = 0;
const paths = Array.from({ length: FILES }, (_, file) => {
  const path = join(directory, `${file}.jsonl`);
  const fd = openSync(path, "w");
  for (let from = 0; from < count; from += 1000) {
    let text = "";
    for (let index = from; index < Math.min(count, from + 1000); index++) {
      const time = new Date(start + index * FILES + file).toISOString();
      text += `{"time":"${time}","severity":"INFO","body":"${index * FILES + file} ${padding}"}\n`;
    }
    bytes += writeSync(fd, text);
  }
  closeSync(fd);
  return path;
});
const before = process.resourceUsage().maxRSS;
let lines = 0;
let misplaced = 0;
for await (const batch of mergeFiles(paths)) {
  for (const { entry } of batch) {
    if (!entry.text.includes(`"body":"${lines} `)) misplaced += 1;
    lines += 1;
  }
}
const growthMiB = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(`${JSON.stringify({ lines, misplaced, mib: bytes / MIB, growthMiB })}\n`);
