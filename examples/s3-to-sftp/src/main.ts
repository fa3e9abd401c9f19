import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { connectTo, deleteExports, type ExportedFile, putExports } from "./exports.ts";
import { startForwarders } from "./forwarders.ts";
import { sendInParts } from "./old-way.ts";
import { handOn } from "./our-way.ts";
import { openPlaces, type Places } from "./places.ts";
import { complaints, judge, type Outcome, renderTable } from "./verdict.ts";

/** Hands a day's export on in both ways, with the partner looking. Resolves with the exit code: 1 unless only the old way is seen incomplete. */
async function main(): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), "plumbline-s3-to-sftp-"));
  const places = await openPlaces(process.env, scratch);
  const client = connectTo(places.bucket);
  try {
    process.stdout.write(`from ${places.names[0] ?? ""} to ${places.names[1] ?? ""}\n\n`);
    const old = await tell(places, client, "in parallel parts", (files) =>
      sendInParts(client, places.bucket.bucket, places.partner, files),
    );
    const ours = await tell(places, client, "plumbline handoff", (files) =>
      handOn(places.bucket, places.partner, join(scratch, "state"), files.length),
    );
    process.stdout.write(renderTable([old, ours]));
    const wrong = complaints(old, ours);
    for (const each of wrong) process.stdout.write(`\nWRONG ${each}`);
    process.stdout.write(wrong.length === 0 ? "\nok    only the old way was seen incomplete\n" : "\n");
    if (!places.areReal) {
      process.stdout.write(
        "\nskipped: the same with a real S3 server and OpenSSH; `npm run test:interop -- s3-to-sftp` fetches both\n",
      );
    }
    return wrong.length === 0 ? 0 : 1;
  } finally {
    client.destroy();
    await places.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function tell(
  { bucket, partner }: Places,
  client: S3Client,
  way: string,
  send: (files: readonly ExportedFile[]) => Promise<void>,
): Promise<Outcome> {
  const files = await putExports(client, bucket.bucket, way.replaceAll(" ", "-"));
  const forwarders = await startForwarders(partner.folder);
  await send(files);
  const taken = await forwarders.end(files.map(({ name }) => name));
  await deleteExports(client, bucket.bucket, files);
  return judge(way, files, taken);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
