// Hands on what is in a folder, once, to an SFTP server: node uploader.mjs FROM STATE OPTIONS
import { createSystemClock } from "@plumbline/core";
import { createDirectoryPickup, createUploader } from "@plumbline/handoff";
import { createSftpDestination } from "@plumbline/handoff-sftp";

const [from, state, options] = process.argv.slice(2);
const { signal } = new AbortController();
const context = { clock: createSystemClock(), baseDir: from, signal };
const uploader = createUploader({
  pickup: createDirectoryPickup({ path: from, commit: "rename", after: "delete", once: true }),
  destination: await createSftpDestination(JSON.parse(options), context),
  stateDirectory: state,
});
await uploader.start();
await uploader.run(signal);
await uploader.close();
