// Hands on what is in a folder, once, to a bucket, in parts: node uploader.mjs FROM STATE OPTIONS
import { createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { createS3Destination } from "@plumbline/handoff-s3";

const [from, state, options] = process.argv.slice(2);
const { signal } = new AbortController();
const uploader = createUploader({
  pickup: createDirectoryPickup({ path: from, commit: "rename", after: "delete", once: true }),
  destination: createS3Destination(JSON.parse(options)),
  stateDirectory: state,
});
await uploader.start();
await uploader.run(signal);
await uploader.close();
