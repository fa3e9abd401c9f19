import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type Part,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { bodyChecksum, partChecksum, type S3Checksum, uploadChecksum, wholeChecksum } from "./checksum.ts";
import type { S3Connection, S3Sending, S3Step } from "./s3-connection.ts";
import { failureOf, isMissing, isUnanswered, s3Error } from "./s3-failures.ts";

/** Where an upload goes, and what is kept with it. */
export interface UploadTarget {
  readonly connection: S3Connection;
  readonly key: string;
  readonly checksum: S3Checksum;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A part as it was sent, and what the server said of it. */
interface SentPart {
  readonly number: number;
  readonly size: number;
  readonly checksum: string;
  readonly etag: string;
}

interface UploadPlace {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** One multipart upload: nobody sees any of it under its key before `complete`. */
export class MultipartUpload {
  readonly id: string;
  readonly #target: UploadTarget;
  readonly #parts: SentPart[] = [];

  private constructor(target: UploadTarget, id: string) {
    this.#target = target;
    this.id = id;
  }

  /**
   * Begins an upload, and no second one where it is not known whether the first has begun: nobody would know its id. Rejects with what the client threw.
   */
  static async create(target: UploadTarget, signal: AbortSignal): Promise<MultipartUpload> {
    const { connection, key, checksum, metadata } = target;
    const made = await connection.attempt(
      (client, sending) =>
        client.send(
          new CreateMultipartUploadCommand({
            Bucket: connection.bucket,
            Key: key,
            Metadata: { ...metadata },
            ...uploadChecksum(checksum),
          }),
          sending,
        ),
      signal,
      (failure) => !isUnanswered(failure),
    );
    if (made.UploadId === undefined)
      throw s3Error("PLB_S3_UNEXPECTED", { message: "S3 began an upload without an id." });
    return new MultipartUpload(target, made.UploadId);
  }

  /** Sends a part, with its checksum, as often as it takes. Parts may be sent side by side. */
  async send(number: number, body: Uint8Array, checksum: string, signal: AbortSignal): Promise<void> {
    const { ETag } = await this.#run("upload a part", signal, (client, sending, place) =>
      client.send(
        new UploadPartCommand({
          ...place,
          PartNumber: number,
          Body: body,
          ...bodyChecksum(this.#target.checksum, checksum),
        }),
        sending,
      ),
    );
    this.#parts.push({ number, size: body.length, checksum, etag: ETag ?? "" });
  }

  /** Whether the server has each part as it was sent, and no other. */
  async isComplete(signal: AbortSignal): Promise<boolean> {
    const listed = await this.#list(signal);
    const byNumber = new Map(listed.map((part) => [part.PartNumber, part]));
    return (
      listed.length === this.#parts.length && this.#parts.every((sent) => this.#isSame(sent, byNumber.get(sent.number)))
    );
  }

  /** Makes the parts the object under the key, in one step. One try; rejects with what the client threw. */
  async complete(wholeSum: string, isNew: boolean, signal: AbortSignal): Promise<void> {
    const { connection, checksum } = this.#target;
    const step: S3Step<unknown> = (client, sending) =>
      client.send(
        new CompleteMultipartUploadCommand({
          ...this.#place(),
          ...(isNew ? { IfNoneMatch: "*" } : {}),
          ...wholeChecksum(checksum, wholeSum),
          MultipartUpload: {
            Parts: this.#parts
              .toSorted((one, other) => one.number - other.number)
              .map((part) => ({ PartNumber: part.number, ETag: part.etag, ...partChecksum(checksum, part.checksum) })),
          },
        }),
        sending,
      );
    await connection.once(step, signal);
  }

  /** Removes what was sent; nothing where it is gone or was completed. */
  async abort(): Promise<void> {
    await abortUpload(this.#target.connection, this.#target.key, this.id);
  }

  /** By `IsTruncated` alone: some servers name a next part where there is none, on which the client's own pagination never ends. */
  async #list(signal: AbortSignal): Promise<readonly Part[]> {
    const found: Part[] = [];
    let after: string | undefined;
    do {
      const marker = after === undefined ? {} : { PartNumberMarker: after };
      const page = await this.#run("list the parts of an upload", signal, (client, sending, place) =>
        client.send(new ListPartsCommand({ ...place, ...marker }), sending),
      );
      found.push(...(page.Parts ?? []));
      after = page.IsTruncated === true && page.Parts?.length ? page.NextPartNumberMarker : undefined;
    } while (after !== undefined);
    return found;
  }

  #isSame(sent: SentPart, found: Part | undefined): boolean {
    if (found === undefined || found.Size !== sent.size || found.ETag !== sent.etag) return false;
    // A server may list no checksums; then the entity tag is what it has of the content.
    const listed = this.#target.checksum === "crc64nvme" ? found.ChecksumCRC64NVME : found.ChecksumSHA256;
    return listed === undefined || listed === sent.checksum;
  }

  #place(): UploadPlace {
    return { Bucket: this.#target.connection.bucket, Key: this.#target.key, UploadId: this.id };
  }

  async #run<Value>(
    doing: string,
    signal: AbortSignal,
    step: (client: Parameters<S3Step<Value>>[0], sending: S3Sending, place: UploadPlace) => Promise<Value>,
  ): Promise<Value> {
    return this.#target.connection.run(doing, (client, sending) => step(client, sending, this.#place()), signal);
  }
}

/** Aborts an upload; resolves with whether there was one. */
export async function abortUpload(connection: S3Connection, key: string, id: string): Promise<boolean> {
  const place = { Bucket: connection.bucket, Key: key, UploadId: id };
  return connection.run("abort an upload", async (client, sending) => {
    try {
      await client.send(new AbortMultipartUploadCommand(place), sending);
      return true;
    } catch (error) {
      if (isMissing(error) || failureOf(error).code === "NoSuchUpload") return false;
      throw error;
    }
  });
}
