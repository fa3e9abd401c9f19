import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { RetryableError } from "@plumbline/core";
import { bodyChecksum, checksumOf, type S3Checksum } from "./checksum.ts";
import type { S3Connection, S3Step } from "./s3-connection.ts";
import { failureOf, isMissing } from "./s3-failures.ts";

/** The key of user metadata that says which delivery made an object. Settles a publish whose answer was lost. */
export const DELIVERY_METADATA = "plumbline-delivery";

/** What stands under a key. */
export interface StoredObject {
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number | undefined;
  /** Hex, where the server has computed one of the whole content. */
  readonly sha256: string | undefined;
  /** The delivery that made it. */
  readonly delivery: string | undefined;
}

export async function headObject(connection: S3Connection, key: string): Promise<StoredObject | undefined> {
  return connection.run("look at an object", async (client, sending) => {
    try {
      const found = await client.send(
        new HeadObjectCommand({ Bucket: connection.bucket, Key: key, ChecksumMode: "ENABLED" }),
        sending,
      );
      return {
        size: found.ContentLength ?? 0,
        etag: found.ETag ?? "",
        modifiedMs: found.LastModified?.getTime(),
        sha256: found.ChecksumType === "COMPOSITE" ? undefined : sha256Of(found.ChecksumSHA256),
        delivery: found.Metadata?.[DELIVERY_METADATA],
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** The SHA-256 (hex) of an object: the server's own where it has one, else of what is read. */
export async function digestObject(
  connection: S3Connection,
  key: string,
  { etag, sha256 }: StoredObject,
): Promise<string> {
  if (sha256 !== undefined) return sha256;
  return connection.run("read an object", async (client, sending) => {
    try {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: connection.bucket, Key: key, IfMatch: etag }),
        sending,
      );
      const hash = createHash("sha256");
      for await (const chunk of Body as Readable) hash.update(chunk as Uint8Array); // Node's client gives no other body
      return hash.digest("hex");
    } catch (error) {
      if (failureOf(error).status !== 412) throw error;
      throw new RetryableError("An object was replaced while it was read.");
    }
  });
}

/** Puts a small object of our own; with `isNew` only where none is, and resolves with whether it did. */
export async function putText(
  connection: S3Connection,
  key: string,
  text: string,
  how: { readonly checksum: S3Checksum; readonly isNew?: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  const body = Buffer.from(text);
  const step: S3Step<boolean> = async (client, sending) => {
    try {
      await client.send(
        new PutObjectCommand({
          Bucket: connection.bucket,
          Key: key,
          Body: body,
          ContentType: "application/json",
          ...bodyChecksum(how.checksum, checksumOf(how.checksum, body)),
          ...(how.isNew === true ? { IfNoneMatch: "*" } : {}),
        }),
        sending,
      );
      return true;
    } catch (error) {
      if (how.isNew === true && failureOf(error).status === 412) return false;
      throw error;
    }
  };
  return connection.run("keep a record", step, how.signal);
}

/** The text of a small object; `undefined` where there is none, or one that is longer than any of ours. */
export async function getText(connection: S3Connection, key: string, mostBytes: number): Promise<string | undefined> {
  return connection.run("read a record", async (client, sending) => {
    try {
      const { Body, ContentLength } = await client.send(
        new GetObjectCommand({ Bucket: connection.bucket, Key: key, Range: `bytes=0-${mostBytes}` }),
        sending,
      );
      const text = await Body?.transformToString();
      return (ContentLength ?? 0) > mostBytes ? undefined : text;
    } catch (error) {
      if (isMissing(error) || failureOf(error).status === 416) return undefined;
      throw error;
    }
  });
}

export async function deleteObject(connection: S3Connection, key: string): Promise<void> {
  await connection.run("delete a record", (client, sending) =>
    client.send(new DeleteObjectCommand({ Bucket: connection.bucket, Key: key }), sending),
  );
}

/** What stands below a prefix. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number | undefined;
}

/** One page after another of what stands below a prefix, in the order of the keys' UTF-8. */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  const place = { Bucket: connection.bucket, Prefix: prefix, EncodingType: "url" } as const; // XML cannot hold every key
  let after: string | undefined;
  do {
    const { Contents, IsTruncated, NextContinuationToken } = await connection.run(
      "list objects",
      (client, sending) =>
        client.send(
          new ListObjectsV2Command({ ...place, ...(after === undefined ? {} : { ContinuationToken: after }) }),
          sending,
        ),
      signal,
    );
    yield (Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
      key: decodeKey(Key ?? ""),
      size: Size ?? 0,
      etag: ETag ?? "",
      modifiedMs: LastModified?.getTime(),
    }));
    after = IsTruncated === true ? NextContinuationToken : undefined;
  } while (after !== undefined);
}

/** A key as a listing has it that was asked for with `EncodingType: "url"`. */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll("+", " "));
}

function sha256Of(base64: string | undefined): string | undefined {
  const bytes = base64 === undefined || base64.includes("-") ? undefined : Buffer.from(base64, "base64");
  return bytes?.length === 32 ? bytes.toString("hex") : undefined;
}
