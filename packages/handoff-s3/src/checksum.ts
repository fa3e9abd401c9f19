import { createHash } from "node:crypto";
import { Crc64Nvme } from "./crc64.ts";

/** What the server checks each request's bytes by; `none`: by nothing that it is known to look at. */
export type S3Checksum = "sha256" | "crc64nvme" | "md5" | "none";

/** Best first. SHA-256 is what Node computes fastest; MD5 is what even old servers check. */
export const SERVER_CHECKSUMS: readonly S3Checksum[] = ["sha256", "crc64nvme", "md5"];

/** Takes bytes in pieces and gives their checksum in base64, as often as it is asked. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  digest(): string;
}

export function startChecksum(kind: S3Checksum): RunningChecksum {
  if (kind === "crc64nvme") return new Crc64Nvme();
  if (kind === "none") return { update: () => undefined, digest: () => "" };
  const hash = createHash(kind);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.copy().digest("base64") };
}

export function checksumOf(kind: S3Checksum, bytes: Uint8Array): string {
  const running = startChecksum(kind);
  running.update(bytes);
  return running.digest();
}

/** The fields of PutObject and UploadPart that hold the checksum of their body. */
export interface BodyChecksum {
  readonly ChecksumSHA256?: string;
  readonly ChecksumCRC64NVME?: string;
  readonly ContentMD5?: string;
}

export function bodyChecksum(kind: S3Checksum, value: string): BodyChecksum {
  if (kind === "sha256") return { ChecksumSHA256: value };
  if (kind === "crc64nvme") return { ChecksumCRC64NVME: value };
  return kind === "md5" ? { ContentMD5: value } : {};
}

/** The fields of CreateMultipartUpload: parts are checked each by itself with SHA-256, and as a whole with CRC-64/NVME. */
export function uploadChecksum(kind: S3Checksum): {
  readonly ChecksumAlgorithm?: "SHA256" | "CRC64NVME";
  readonly ChecksumType?: "COMPOSITE" | "FULL_OBJECT";
} {
  if (kind === "sha256") return { ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" };
  return kind === "crc64nvme" ? { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" } : {};
}

/** The fields of a part in CompleteMultipartUpload. */
export function partChecksum(kind: S3Checksum, value: string): Omit<BodyChecksum, "ContentMD5"> {
  return kind === "md5" ? {} : bodyChecksum(kind, value);
}

/** The fields of CompleteMultipartUpload that hold the checksum of the whole. */
export function wholeChecksum(
  kind: S3Checksum,
  value: string,
): { readonly ChecksumCRC64NVME?: string; readonly ChecksumType?: "COMPOSITE" | "FULL_OBJECT" } {
  if (kind === "sha256") return { ChecksumType: "COMPOSITE" };
  return kind === "crc64nvme" ? { ChecksumCRC64NVME: value, ChecksumType: "FULL_OBJECT" } : {};
}
