// Dies by SIGKILL before the n-th call of the file system; to be imported before what calls it.
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

let calls = 0;

/** Counts from here on, and dies where it is due. */
export async function dieAt(due) {
  const handle = await fsPromises.open(process.execPath);
  count(Object.getPrototypeOf(handle), ["write", "sync", "utimes", "appendFile", "writeFile", "chmod"], due);
  await handle.close();
  count(fsPromises, ["open", "link", "rename", "unlink", "mkdir", "lstat", "opendir", "readdir"], due);
  syncBuiltinESMExports();
}

export function callsMade() {
  return calls;
}

function count(owner, names, due) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function counted(...args) {
      calls += 1;
      if (calls === due) process.kill(process.pid, "SIGKILL");
      return original.apply(this, args);
    };
  }
}
