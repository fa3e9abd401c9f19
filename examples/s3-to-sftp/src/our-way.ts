import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Bucket, Partner } from "./places.ts";

const PACKAGE = createRequire(import.meta.url).resolve("@plumbline/cli/package.json");
/** What `npx plumbline` runs. */
const COMMAND = join(dirname(PACKAGE), "bin/plumbline.js");
const CONFIG = fileURLToPath(new URL("../plumbline.yaml", import.meta.url));

/** Runs `plumbline handoff run plumbline.yaml` until so many files are delivered. Rejects when one is set aside, or it ends by itself. */
export async function handOn(bucket: Bucket, partner: Partner, stateFolder: string, count: number): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, COMMAND, "handoff", "run", CONFIG], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env["PATH"],
      AWS_ACCESS_KEY_ID: bucket.accessKeyId,
      AWS_SECRET_ACCESS_KEY: bucket.secretAccessKey,
      S3_ENDPOINT: bucket.endpoint,
      S3_BUCKET: bucket.bucket,
      SFTP_URL: `sftp://${partner.username}@127.0.0.1:${partner.port}${partner.path}`,
      SFTP_KEY_FILE: partner.privateKeyFile,
      SFTP_HOST_KEY: partner.hostKey,
      STATE_FOLDER: stateFolder,
    },
  });
  const ended = once(child, "exit");
  let delivered = 0;
  let trouble: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { readonly kind: string };
    if (event.kind === "delivered") delivered += 1;
    if (event.kind === "aside") trouble = line;
    if (delivered === count || trouble !== undefined) child.kill("SIGTERM");
  }
  const [code] = (await ended) as [number | null];
  if (trouble !== undefined) throw new Error(`set aside: ${trouble}`);
  if (delivered !== count) throw new Error(`plumbline handoff ended with ${code} after ${delivered} of ${count} files`);
}
