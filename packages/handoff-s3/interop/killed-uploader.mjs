// Begins an upload, says so when two parts are over there, and waits to be killed.
import { createS3Destination } from "@plumbline/handoff-s3";

const MIB = 1024 * 1024;
const destination = createS3Destination({
  ...JSON.parse(process.argv[2]),
  prefix: "logs/",
  partBytes: 5 * MIB,
  partsInFlight: 1,
});
await destination.start();
const staged = await destination.stage(
  { name: "killed.bin", size: undefined, overwrite: "never", owner: "killed" },
  new AbortController().signal,
);
for (let index = 0; index < 16; index++) await staged.write(Buffer.alloc(MIB, index));
process.stdout.write("begun\n");
setInterval(() => undefined, 1000);
