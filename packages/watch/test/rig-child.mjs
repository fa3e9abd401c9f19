// Runs inside a rig that a test has made: watches one path, edits another, and prints what it saw as JSON. Plain JavaScript on `dist`, since Node 20 cannot load TypeScript.
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { watchFiles } from "../dist/index.js";

const [watched, edited, rounds] = process.argv.slice(2);
const nothing = () => undefined;
const seen = [];
const healths = [];
const latenciesMs = [];
// A watch keeps no process alive by itself.
const alive = setInterval(() => undefined, 1000);
const startedMs = performance.now();
const watcher = watchFiles({
  files: [watched],
  diagnostics: { error: nothing, warn: nothing, info: nothing, debug: nothing, verbose: nothing },
  onGeneration: ({ content }) => void seen.push({ text: content.toString(), atMs: performance.now() }),
  onHealth: ({ status, mode, troubles }) =>
    void healths.push({ status, mode, codes: troubles.map(({ code }) => code), atMs: performance.now() - startedMs }),
});
await watcher.start();
for (let round = 1; round <= Number(rounds); round++) {
  await sleep(50 + ((round * 137) % 400));
  const text = `round ${round}`;
  writeFileSync(edited, text);
  const editedMs = performance.now();
  while (seen.at(-1)?.text !== text && performance.now() - editedMs < 20_000) await sleep(2);
  latenciesMs.push((seen.at(-1)?.atMs ?? Number.NaN) - editedMs);
}
const last = seen.at(-1)?.text;
const { status, mode } = await watcher.health();
await watcher.close();
clearInterval(alive);
process.stdout.write(JSON.stringify({ last, seen: seen.length, healths, status, mode, latenciesMs }));
