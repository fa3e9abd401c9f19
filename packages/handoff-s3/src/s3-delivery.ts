import { createHash } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  type DeliveryRequest,
  type HandoffManifest,
  type PublishOutcome,
  RetryableError,
  type StagedDelivery,
  type VerificationLevel,
} from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import { bodyChecksum, type S3Checksum } from "./checksum.ts";
import type { JoinedSignal } from "./joined-signal.ts";
import { keepManifest } from "./manifest-store.ts";
import { PartWriter } from "./part-writer.ts";
import type { S3Connection } from "./s3-connection.ts";
import { failureOf, type S3Failure, toS3Error } from "./s3-failures.ts";
import { DELIVERY_METADATA, digestObject, headObject } from "./stored-objects.ts";
import { keepRecord, type RecordPlace, removeRecord } from "./upload-records.ts";

/** What a delivery to S3 is made with. */
export interface S3DeliverySettings {
  readonly connection: S3Connection;
  readonly place: RecordPlace;
  readonly request: DeliveryRequest;
  /** The final key. */
  readonly key: string;
  /** `owner.random`; names this delivery in its record and in the object's metadata. */
  readonly delivery: string;
  readonly manifestKey: (id: string) => string;
  readonly checksum: S3Checksum;
  /** Whether the server keeps to `If-None-Match`. */
  readonly isConditional: boolean;
  readonly partBytes: number;
  readonly partsInFlight: number;
  readonly signal: AbortSignal;
  /** Called once, when nothing of it is left under way. */
  readonly ended: () => void;
}

/** Content on its way to a key: as an upload that nobody sees, or, as long as it fits in one part, in memory. */
export class S3Delivery implements StagedDelivery {
  readonly ref: string;
  readonly #settings: S3DeliverySettings;
  readonly #giveUp = new AbortController();
  readonly #within: JoinedSignal;
  readonly #writer: PartWriter;
  readonly #hash = createHash("sha256");
  #phase: "writing" | "verified" | "published" | "over" = "writing";
  #hasRecord = false;
  #size = 0;

  constructor(settings: S3DeliverySettings) {
    const { connection, key, delivery, checksum, partBytes, partsInFlight, request } = settings;
    this.#settings = settings;
    this.#within = connection.within(settings.signal, this.#giveUp.signal);
    this.ref = `${connection.bucket}/${key}#${delivery}`;
    this.#writer = new PartWriter({
      target: { connection, key, checksum, metadata: { [DELIVERY_METADATA]: delivery } },
      partBytes,
      partsInFlight,
      size: request.size,
      signal: this.#signal,
      record: async (uploadId) => {
        this.#hasRecord = true;
        await keepRecord(settings.place, { delivery, key, uploadId }, { checksum, signal: this.#signal });
      },
    });
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    await this.#writer.write(chunk, (kept) => {
      this.#hash.update(kept);
      this.#size += kept.length;
    });
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    await this.#writer.finish();
    const isAsSent = this.#size === expected.size && this.#hash.digest("hex") === expected.sha256;
    const { upload } = this.#writer;
    if (!isAsSent || !((await upload?.isComplete(this.#signal)) ?? true)) {
      this.#phase = "over";
      throw handoffError("PLB_HANDOFF_MISMATCH", {
        message: `${this.#settings.request.name} did not arrive as it was sent.`,
        details: { name: this.#settings.request.name, expected: expected.size, found: this.#size },
      });
    }
    this.#phase = "verified";
    return this.#settings.checksum === "none" ? "size" : "server";
  }

  async publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    this.#expect("verified");
    const { connection, manifestKey, checksum, isConditional } = this.#settings;
    const how = { checksum, isConditional, signal: this.#signal };
    const takeBack = await keepManifest(connection, manifestKey(manifest.id), manifest, how);
    this.#expect("verified");
    const outcome = await this.#show(manifest);
    // Of the same content the manifest tells the truth: whoever published it may have relied on this one.
    if (outcome === undefined) await takeBack();
    if (outcome === undefined || (outcome === "already-there" && this.#settings.request.overwrite !== "same")) {
      throw handoffError("PLB_HANDOFF_NAME_TAKEN", {
        message: `Another object stands under the name ${manifest.name} at the destination.`,
        details: { name: manifest.name },
      });
    }
    this.#phase = "published";
    await this.abort();
    return outcome;
  }

  async abort(): Promise<void> {
    if (this.#phase !== "published") {
      this.#phase = "over";
      this.#giveUp.abort();
    }
    await this.#writer.settle();
    try {
      if (this.#phase !== "published") await this.#writer.upload?.abort();
      // The record is all that is left of an upload that has no id here: `reap` finds it by that.
      if (this.#hasRecord && !this.#writer.isLost) {
        await removeRecord(this.#settings.place, this.#settings.delivery);
        this.#hasRecord = false;
      }
    } finally {
      this.#within.release();
      this.#settings.ended();
    }
  }

  get #signal(): AbortSignal {
    return this.#within.signal;
  }

  /** Makes it visible, once, whatever answers are lost. `undefined`: another content has the name. */
  async #show(manifest: HandoffManifest): Promise<PublishOutcome | undefined> {
    const { connection, key, delivery } = this.#settings;
    for (let tried = 1; ; tried++) {
      try {
        await this.#publishOnce();
        return "published";
      } catch (error) {
        this.#signal.throwIfAborted();
        const failure = failureOf(error);
        if (!isAmbiguous(failure)) throw toS3Error(error, "publish");
        const there = await headObject(connection, key);
        if (there?.delivery === delivery) return "published"; // it had worked, and its answer was lost
        if (failure.status === 412) {
          if (there?.size !== manifest.size) return undefined;
          return (await digestObject(connection, key, there)) === manifest.sha256 ? "already-there" : undefined;
        }
        this.#expectRetry(failure, tried, error);
        await connection.pause(tried, failure.retryAfterMs, this.#signal);
      }
    }
  }

  /** An upload whose completion met another one, or that is gone, has to be sent again whole. Source: CompleteMultipartUpload, 409 and NoSuchUpload. */
  #expectRetry(failure: S3Failure, tried: number, error: unknown): void {
    const isSpent = this.#writer.upload !== undefined && (failure.status === 409 || failure.status === 404);
    if (isSpent || (failure.status === 409 && tried >= this.#settings.connection.attempts)) {
      throw new RetryableError(
        `S3 refused to publish now, and wants it sent again (${failure.status} ${failure.code}).`,
      );
    }
    if (tried >= this.#settings.connection.attempts) throw toS3Error(error, "publish");
  }

  async #publishOnce(): Promise<void> {
    const { connection, key, delivery, checksum, isConditional, request } = this.#settings;
    const isNew = isConditional && request.overwrite !== "replace";
    const { upload, wholeSum } = this.#writer;
    if (upload !== undefined) return upload.complete(wholeSum, isNew, this.#signal);
    await connection.once(
      (client, sending) =>
        client.send(
          new PutObjectCommand({
            Bucket: connection.bucket,
            Key: key,
            Body: this.#writer.bytes,
            Metadata: { [DELIVERY_METADATA]: delivery },
            ...bodyChecksum(checksum, this.#writer.bytesSum),
            ...(isNew ? { IfNoneMatch: "*" } : {}),
          }),
          sending,
        ),
      this.#signal,
    );
  }

  #expect(phase: "writing" | "verified"): void {
    this.#settings.signal.throwIfAborted();
    if (this.#phase !== phase) throw handoffError("PLB_HANDOFF_ORDER");
  }
}

/** Whether it may have worked all the same: no answer, a server in trouble, or a refusal that an earlier try of the same may have caused. */
function isAmbiguous(failure: S3Failure): boolean {
  return failure.isTransient || failure.status === 412 || failure.status === 409 || failure.code === "NoSuchUpload";
}
