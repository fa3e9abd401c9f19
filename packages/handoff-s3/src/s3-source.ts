import type { Readable } from "node:stream";
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { type PickupItem, type PlumblineError } from "@plumbline/core";
import { handoffError, told } from "@plumbline/handoff";
import { toTrouble } from "./destination-trouble.ts";
import type { S3Connection } from "./s3-connection.ts";
import { failureOf, isMissing, toS3Error } from "./s3-failures.ts";
import { deleteObject, headObject, type ListedObject, type StoredObject } from "./stored-objects.ts";

/** An object to be picked up, and how. */
export interface S3SourceSettings {
  readonly connection: S3Connection;
  readonly listed: ListedObject;
  /** Under which it is handed on. */
  readonly name: string;
  /** The key of the marker beside it. */
  readonly marker: string | undefined;
  readonly after: "keep" | "delete";
  /** Called when it was not what was listed any more. */
  readonly changed: () => void;
}

/** An object that is ready: S3 shows none before all of it has arrived. Every request asks for exactly the content that was listed. */
export class S3Source implements PickupItem {
  readonly key: string;
  readonly name: string;
  readonly guarantee = "committed";
  readonly evidence: readonly string[];
  readonly size: number;
  readonly #settings: S3SourceSettings;

  constructor(settings: S3SourceSettings) {
    const { connection, listed, name, marker } = settings;
    this.#settings = settings;
    this.key = `${connection.bucket}/${listed.key}#${listed.etag}`;
    this.name = name;
    this.size = listed.size;
    this.evidence = [
      ...(marker === undefined ? [] : [`committed: ${marker} stands beside it`]),
      `committed: S3 shows an object only when all of it has arrived (entity tag ${listed.etag})`,
    ];
  }

  /** Reads on where a connection has broken, as often as `attempts` allows without a byte between. */
  async *read(end: AbortSignal): AsyncGenerator<Uint8Array> {
    const { signal, release } = this.#settings.connection.within(end);
    try {
      yield* this.#read(signal);
    } finally {
      release();
    }
  }

  async *#read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { connection } = this.#settings;
    let at = 0;
    for (let tried = 1; ; tried++) {
      try {
        for await (const chunk of await this.#open(at, signal)) {
          at += chunk.length;
          tried = 1;
          if (at > this.size) throw this.#changed("it holds more than its size");
          yield chunk;
        }
        if (at < this.size) throw this.#changed("it ended before its size");
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Error && error.message.startsWith("Checksum mismatch")) throw this.#damaged();
        const failure = failureOf(error);
        if (isMissing(error) || failure.status === 412 || failure.status === 416)
          throw this.#changed("it was replaced or deleted");
        if (tried >= connection.attempts || !failure.isTransient) throw toTrouble(toS3Error(error, "read an object"));
        if (at > 0 && at === this.size) return;
        await connection.pause(tried, failure.retryAfterMs, signal);
      }
    }
  }

  async recheck(): Promise<void> {
    const { connection, listed } = this.#settings;
    const found = await told(headObject(connection, listed.key), toTrouble);
    if (!this.#isListed(found)) throw this.#changed("it was replaced or deleted before it was published");
  }

  changed(): void {
    this.#settings.changed();
  }

  async settle(): Promise<void> {
    const { connection, listed, marker, after } = this.#settings;
    if (after === "keep") return;
    // Looked at first, since not every server keeps to the condition.
    const found = await headObject(connection, listed.key);
    const isStill = this.#isListed(found);
    // A marker goes first, so that it never commits what comes later under the same key. Where another object stands there by now, it is that one's.
    if (marker !== undefined && (isStill || found === undefined)) await deleteObject(connection, marker);
    if (isStill) await this.#delete();
  }

  /** Nothing where another one stands there, which is picked up by itself, or none. */
  async #delete(): Promise<void> {
    const { connection, listed } = this.#settings;
    await connection.run("delete an object", async (client, sending) => {
      try {
        await client.send(
          new DeleteObjectCommand({ Bucket: connection.bucket, Key: listed.key, IfMatch: listed.etag }),
          sending,
        );
      } catch (error) {
        const { status } = failureOf(error);
        if (status !== 412 && status !== 409 && status !== 404) throw error;
      }
    });
  }

  async #open(from: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { connection, listed } = this.#settings;
    const { Body } = await connection.once(
      (client, sending) =>
        client.send(
          new GetObjectCommand({
            Bucket: connection.bucket,
            Key: listed.key,
            IfMatch: listed.etag,
            ...(from === 0 ? { ChecksumMode: "ENABLED" as const } : { Range: `bytes=${from}-` }),
          }),
          sending,
        ),
      signal,
    );
    return Body as Readable; // Node's client gives no other body
  }

  #isListed(found: StoredObject | undefined): boolean {
    const { listed } = this.#settings;
    return found?.etag === listed.etag && found.size === listed.size;
  }

  /** The client compares what it read whole with the server's checksum, where the server has one of the whole. */
  #damaged(): PlumblineError {
    const { connection, listed } = this.#settings;
    return handoffError("PLB_HANDOFF_MISMATCH", {
      message: `The object ${connection.bucket}/${listed.key} does not have the checksum that S3 keeps of it.`,
      details: { bucket: connection.bucket, key: listed.key },
    });
  }

  #changed(what: string): PlumblineError {
    const { connection, listed } = this.#settings;
    return handoffError("PLB_HANDOFF_SOURCE_CHANGED", {
      message: `The object ${connection.bucket}/${listed.key} changed under its reader: ${what}.`,
      details: { bucket: connection.bucket, key: listed.key },
    });
  }
}
