import { s3Error } from "./s3-failures.ts";

/** Source: Amazon S3 multipart upload limits. */
export const MOST_PARTS = 10_000;
export const LEAST_PART_BYTES: number = 5 * 1024 * 1024;
export const MOST_PART_BYTES: number = 5 * 1024 ** 3;

const STEP_BYTES = 1024 * 1024;

/** The size of a file's parts: the configured one, or as much more, in whole MiB, as keeps it within 10,000. Throws `PLB_S3_TOO_LARGE`. */
export function partSizeFor(partBytes: number, size: number | undefined): number {
  if (size === undefined || size <= partBytes * MOST_PARTS) return partBytes;
  const grown = Math.ceil(size / MOST_PARTS / STEP_BYTES) * STEP_BYTES;
  if (grown <= MOST_PART_BYTES) return grown;
  throw s3Error("PLB_S3_TOO_LARGE", { details: { size }, message: `A file of ${size} bytes is above what S3 takes.` });
}
