// Hands on what is in a folder, once, and dies by SIGKILL before its n-th call of the file system: node uploader.mjs FROM TO STATE PUBLISH [n]
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const [from, to, state, publish, killAt] = process.argv.slice(2);
let calls = 0;

function countCalls(owner, names) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function counted(...args) {
      calls += 1;
      if (calls === Number(killAt)) process.kill(process.pid, "SIGKILL");
      return original.apply(this, args);
    };
  }
}

const handle = await fsPromises.open(process.execPath);
countCalls(Object.getPrototypeOf(handle), ["write", "sync", "utimes", "appendFile", "writeFile", "chmod"]);
await handle.close();
countCalls(fsPromises, ["open", "link", "rename", "unlink", "mkdir", "lstat", "opendir", "readdir"]);
syncBuiltinESMExports();

const { createDirectoryDestination, createDirectoryPickup, createUploader } = await import("@plumbline/handoff");
const uploader = createUploader({
  pickup: createDirectoryPickup({ path: from, commit: "rename", after: "delete", once: true }),
  destination: createDirectoryDestination({ path: to, publish }),
  stateDirectory: state,
});
await uploader.start();
await uploader.run(new AbortController().signal);
await uploader.close();
process.stdout.write(`${JSON.stringify({ calls, ...uploader.counts })}\n`);
