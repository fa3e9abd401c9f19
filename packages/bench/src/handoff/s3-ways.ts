import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { createS3Destination } from "@plumbline/handoff-s3";
import type { Outcome } from "../frame/bench.ts";
import { handOnTo } from "./folder-ways.ts";
import { MEBIBYTE, type Way } from "./work.ts";

/** A server on loopback that keeps each object as a file of this machine. */
export interface Bucket {
  readonly options: {
    readonly bucket: string;
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly bucketFolder: string;
  close(): Promise<void>;
}

/** How files get into a bucket. */
export type S3Way = (bucket: Bucket) => Way;

interface S3Library {
  readonly findServer: () => { readonly path?: string };
  readonly startServer: (path: string) => Promise<Bucket>;
}

const LIBRARY = new URL("../../../../scripts/lib/s3-server.mjs", import.meta.url);
const LACKS = "Go, which builds versitygw, or S3_SERVER, which names an S3 server that is built";

/** Runs with a server of its own, where one can be had. */
export async function withBucket(outside: boolean, run: (bucket: Bucket) => Promise<Outcome>): Promise<Outcome> {
  if (!outside) return { figures: {}, lacks: LACKS };
  const { findServer, startServer } = (await import(LIBRARY.href)) as S3Library;
  const { path } = findServer();
  if (path === undefined) return { figures: {}, lacks: LACKS };
  const bucket = await startServer(path);
  try {
    return await run(bucket);
  } finally {
    await bucket.close();
  }
}

/** Ours, as it comes: parts of 8 MiB, four at once, each with a SHA-256 that the server compares; a manifest; If-None-Match. */
export const handOnOverS3: S3Way =
  ({ options }) =>
  (from) =>
    handOnTo(from, createS3Destination(options), `${from}-state`);

/** The AWS SDK's own, as it comes: parts of 5 MiB, four at once, each with the client's default checksum. */
export const upload: S3Way = (bucket) => uploadWith(bucket, {}, {});

/** The same with the parts and the checksum that ours has. */
export const uploadAsOurs: S3Way = (bucket) =>
  uploadWith(bucket, { partSize: 8 * MEBIBYTE }, { ChecksumAlgorithm: "SHA256" });

function uploadWith(
  { options: { bucket, endpoint, accessKeyId, secretAccessKey } }: Bucket,
  parts: { readonly partSize?: number },
  more: { readonly ChecksumAlgorithm?: "SHA256" },
): Way {
  return async (from) => {
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    for (const name of await readdir(from)) {
      const params = { Bucket: bucket, Key: name, Body: createReadStream(join(from, name)), ...more };
      await new Upload({ client, params, ...parts }).done();
    }
    client.destroy();
  };
}
