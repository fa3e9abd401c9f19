// Hands on what is in a folder, once, and dies by SIGKILL before its n-th call of the file system: node uploader.mjs FROM TO STATE PUBLISH COMMIT AFTER OVERWRITE [n]
import { callsMade, dieAt } from "./kill-at.mjs";

const [from, to, state, publish, commit, after, overwrite, killAt] = process.argv.slice(2);
await dieAt(Number(killAt));

const { createDirectoryDestination, createDirectoryPickup, createUploader } = await import("@plumbline/handoff");
const uploader = createUploader({
  pickup: createDirectoryPickup({ path: from, commit, settleMs: 20, after, once: true }),
  destination: createDirectoryDestination({ path: to, publish }),
  stateDirectory: state,
  overwrite,
});
const awake = setInterval(() => undefined, 60_000); // while a file settles, nothing else does
await uploader.start();
await uploader.run(new AbortController().signal);
await uploader.close();
clearInterval(awake);
process.stdout.write(`${JSON.stringify({ calls: callsMade(), ...uploader.counts })}\n`);
