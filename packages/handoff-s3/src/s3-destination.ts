import { randomBytes } from "node:crypto";
import {
  definePlugin,
  type DeliveryRequest,
  type Destination,
  type DestinationAbility,
  type DestinationEntry,
  type HandoffManifest,
  type Plugin,
  RetryableError,
  type StagedDelivery,
} from "@plumbline/core";
import { checkOwner, handoffError, tellingTrouble, told } from "@plumbline/handoff";
import { type S3Checksum, SERVER_CHECKSUMS } from "./checksum.ts";
import { type ControlKeys, createControlKeys } from "./control-keys.ts";
import { DESTINATION_DEFAULTS, destinationSchema, type S3DestinationOptions } from "./destination-options.ts";
import { readManifests } from "./manifest-store.ts";
import { toTrouble } from "./destination-trouble.ts";
import { partSizeFor } from "./part-size.ts";
import { lacks, probe, type S3Findings } from "./probe.ts";
import { S3Connection, type S3Context } from "./s3-connection.ts";
import { S3Delivery } from "./s3-delivery.ts";
import { digestObject, headObject } from "./stored-objects.ts";
import { reapUploads } from "./upload-records.ts";

/** `use: "@plumbline/handoff-s3"`: publishes in a bucket of S3, or of a server that speaks as it does. */
export const s3: Plugin<"destination", S3DestinationOptions> = definePlugin({
  id: "@plumbline/handoff-s3",
  kind: "destination",
  apiVersion: 1,
  options: destinationSchema,
  create: (options, context) => createS3Destination(options, context),
});

/**
 * A destination in a bucket; see {@link S3DestinationOptions}. Outside of a host, waits are timed by the system's clock. What is still asked for is given up when the
 * context's signal aborts. Throws `PLB_S3_OPTIONS_INVALID` for a part of a key.
 */
export function createS3Destination(
  options: Pick<S3DestinationOptions, "bucket"> & Partial<S3DestinationOptions>,
  context: S3Context = {},
): Destination {
  return new S3Destination({ ...DESTINATION_DEFAULTS, ...options }, context);
}

class S3Destination implements Destination {
  readonly #options: S3DestinationOptions;
  readonly #connection: S3Connection;
  readonly #keys: ControlKeys;
  readonly #underWay = new Map<string, StagedDelivery>();
  #findings: S3Findings | undefined;
  #hasStaged = false;

  constructor(options: S3DestinationOptions, context: S3Context) {
    this.#options = options;
    this.#connection = new S3Connection(options, context);
    this.#keys = createControlKeys(options.prefix, options.control);
  }

  /** Without an endpoint the bucket's name is the only one of its kind. */
  get identity(): string {
    const { endpoint = "", bucket, prefix } = this.#options;
    return `s3:${endpoint}:${bucket}/${prefix}`;
  }

  async start(): Promise<DestinationAbility> {
    const { checksum, conditionalWrites } = this.#options;
    const wanted: readonly S3Checksum[] = checksum === "auto" ? SERVER_CHECKSUMS : [checksum];
    const findings = await probe(this.#connection, this.#keys.staging, wanted);
    if (findings.checksum === "none" && checksum !== "none") {
      throw lacks(
        `it takes a body that does not have the checksum it came with (${wanted.join(", ")}). Choose \`checksum: none\` to go on without.`,
      );
    }
    if (!findings.isConditional && conditionalWrites === "require") {
      throw lacks(
        "it replaces what stands there in spite of `If-None-Match: *`. Choose `conditionalWrites: without` to go on with replacing only.",
      );
    }
    this.#findings = findings;
    return {
      publish: "atomic",
      verification: findings.checksum === "none" ? "size" : "server",
      durable: true,
      overwrite: findings.isConditional ? ["never", "same", "replace"] : ["replace"],
      freeBytes: undefined,
    };
  }

  async stage(request: DeliveryRequest, signal: AbortSignal): Promise<StagedDelivery> {
    const key = this.#keys.keyOf(request.name);
    const delivery = `${checkOwner(request.owner)}.${randomBytes(8).toString("hex")}`;
    if (this.#findings === undefined)
      throw handoffError("PLB_HANDOFF_ORDER", { message: "The destination was not started." });
    const { checksum, isConditional } = this.#findings;
    if (!isConditional && request.overwrite !== "replace")
      throw lacks("without conditional writes, files can only replace others.");
    signal.throwIfAborted();
    const staged = new S3Delivery({
      connection: this.#connection,
      place: this.#recordPlace,
      request,
      key,
      delivery,
      manifestKey: (id) => this.#keys.manifestKey(id),
      checksum,
      isConditional,
      partBytes: partSizeFor(this.#options.partBytes, request.size),
      partsInFlight: this.#options.partsInFlight,
      signal,
      ended: () => this.#underWay.delete(delivery),
    });
    this.#underWay.set(delivery, staged);
    this.#hasStaged = true;
    return tellingTrouble(staged, toTrouble);
  }

  async inspect(name: string, options: { readonly hash?: boolean } = {}): Promise<DestinationEntry | undefined> {
    const key = this.#keys.keyOf(name);
    const found = await this.#told(headObject(this.#connection, key));
    if (found === undefined) return undefined;
    const sha256 = options.hash === true ? await this.#told(digestObject(this.#connection, key, found)) : undefined;
    return { name, size: found.size, sha256, modifiedMs: found.modifiedMs };
  }

  manifests(): AsyncIterable<HandoffManifest> {
    return readManifests(this.#connection, this.#keys);
  }

  async reap(owner: string): Promise<number> {
    return told(
      reapUploads(this.#recordPlace, checkOwner(owner), (delivery) => this.#underWay.has(delivery)),
      toTrouble,
    );
  }

  /** What cannot be removed now, because the server is gone or the deadline has passed, stays for `reap`. */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#underWay.values()].map((staged) => staged.abort()));
    this.#connection.close();
    for (const end of ends) {
      const failure: unknown = end.status === "rejected" ? end.reason : undefined;
      const isLeft = this.#connection.deadline.aborted || RetryableError.isInstance(failure);
      if (failure instanceof Error && !isLeft) throw failure;
    }
  }

  /** A refusal is the destination's trouble once it was given something; before, it is of what was asked for, and tells nothing of the rest. */
  async #told<Value>(step: Promise<Value>): Promise<Value> {
    return this.#hasStaged ? told(step, toTrouble) : step;
  }

  get #recordPlace(): { readonly connection: S3Connection; readonly staging: string } {
    return { connection: this.#connection, staging: this.#keys.staging };
  }
}
