import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import ssh2, { type SFTPWrapper } from "ssh2";
import { type ExportedFile, keyOf, PART_BYTES } from "./exports.ts";
import type { Partner } from "./places.ts";

/** One packet, and how long the line takes for it. */
const PACKET_BYTES = 32 * 1024;
const PACKET_MS = 6;
/** Once in a while a line stalls. */
const STALL_MS = 250;

type Handle = Awaited<ReturnType<typeof openNew>>;

/** As it was done: a file is fetched in parts, several at a time, and each part is written where it belongs, under the final name. */
export async function sendInParts(
  client: S3Client,
  bucket: string,
  partner: Partner,
  files: readonly ExportedFile[],
): Promise<void> {
  const connection = await logIn(partner);
  const sftp = await promisify(connection.sftp.bind(connection))();
  for (const [index, file] of files.entries()) {
    const handle = await openNew(sftp, `${partner.path}/${file.name}`);
    const starts = Array.from({ length: Math.ceil(file.size / PART_BYTES) }, (_, part) => part * PART_BYTES);
    await Promise.all(
      starts.map(async (start) => {
        const end = Math.min(start + PART_BYTES, file.size);
        const range = `bytes=${start}-${end - 1}`;
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: keyOf(file.name), Range: range }),
        );
        const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
        await writePart(sftp, handle, Buffer.from(content), start, start === 0 && index % 3 === 0);
      }),
    );
    await promisify(sftp.close.bind(sftp))(handle);
  }
  connection.end();
}

async function writePart(
  sftp: SFTPWrapper,
  handle: Handle,
  content: Buffer,
  start: number,
  stalls: boolean,
): Promise<void> {
  for (let at = 0; at < content.length; at += PACKET_BYTES) {
    const length = Math.min(PACKET_BYTES, content.length - at);
    await new Promise<void>((resolve, reject) => {
      sftp.write(handle, content, at, length, start + at, (error) => (error ? reject(error) : resolve()));
    });
    const isHalf = at <= content.length / 2 && at + length > content.length / 2;
    await new Promise((resolve) => setTimeout(resolve, stalls && isHalf ? STALL_MS : PACKET_MS));
  }
}

function openNew(sftp: SFTPWrapper, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sftp.open(path, "w", (error, handle) => (error === undefined ? resolve(handle) : reject(error)));
  });
}

async function logIn({ port, username, privateKeyFile }: Partner): Promise<ssh2.Client> {
  const privateKey = await readFile(privateKeyFile, "utf8");
  return new Promise((resolve, reject) => {
    const connection = new ssh2.Client();
    connection.once("ready", () => resolve(connection)).once("error", reject);
    connection.connect({ host: "127.0.0.1", port, username, privateKey });
    connection.setNoDelay(true);
  });
}
