// Does one thing at a size and prints what it took: node measured.mjs list FOLDER | node measured.mjs send FROM TO STATE
import { createDirectoryDestination, createDirectoryPickup, createUploader } from "@plumbline/handoff";

const [what, from, to, state] = process.argv.slice(2);
const signal = new AbortController().signal;

// The longest time of computing between two turns of the event loop, of all this process's threads: what else the machine does is not in it.
let longestTurnMs = 0;
let last = process.cpuUsage();
let isOver = false;
function turn() {
  const used = process.cpuUsage(last);
  last = process.cpuUsage();
  longestTurnMs = Math.max(longestTurnMs, (used.user + used.system) / 1000);
  if (!isOver) setImmediate(turn);
}

async function list() {
  let count = 0;
  const pickup = createDirectoryPickup({ path: from, commit: "rename", once: true });
  for await (const _item of pickup.items(signal)) count += 1;
  await pickup.close();
  return count;
}

async function send() {
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination: createDirectoryDestination({ path: to }),
    stateDirectory: state,
  });
  await uploader.start();
  await uploader.run(signal);
  await uploader.close();
  return uploader.counts.bytes;
}

turn();
longestTurnMs = 0; // what was loaded is not part of it
const count = await (what === "list" ? list() : send());
isOver = true;
process.stdout.write(JSON.stringify({ count, longestTurnMs, residentKibibytes: process.resourceUsage().maxRSS }));
