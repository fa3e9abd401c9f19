import { createHash, randomBytes } from "node:crypto";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Bucket } from "./places.ts";

/** How large a part is: the usual eight MiB, scaled down by eight so that the story is short. */
export const PART_BYTES = 1_048_576;
const KIB = 1024;
/** What fits into one part goes whole; of the others the last part is the shortest, and is over first. */
const SIZES: readonly number[] = [
  200 * KIB,
  900 * KIB,
  2 * PART_BYTES + 40 * KIB,
  3 * PART_BYTES + 70 * KIB,
  2 * PART_BYTES + 300 * KIB,
  4 * PART_BYTES + 20 * KIB,
  3 * PART_BYTES + 150 * KIB,
  5 * PART_BYTES + 60 * KIB,
];

/** A file as it was exported: what the partner must get. */
export interface ExportedFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

export function connectTo({ endpoint, accessKeyId, secretAccessKey }: Bucket): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

/** Puts the day's export into the bucket. */
export async function putExports(client: S3Client, bucket: string, day: string): Promise<readonly ExportedFile[]> {
  const files: ExportedFile[] = [];
  for (const [index, size] of SIZES.entries()) {
    const name = `${day}-${index}.bin`;
    const content = randomBytes(size);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: keyOf(name), Body: content }));
    files.push({ name, size, sha256: createHash("sha256").update(content).digest("hex") });
  }
  return files;
}

export async function deleteExports(client: S3Client, bucket: string, files: readonly ExportedFile[]): Promise<void> {
  for (const { name } of files) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
}

export function keyOf(name: string): string {
  return `outbox/${name}`;
}
