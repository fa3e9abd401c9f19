import {
  type Clock,
  createSystemClock,
  definePlugin,
  type Pickup,
  type PickupItem,
  PlumblineError,
  type Plugin,
  type PluginContext,
  RetryableError,
} from "@plumbline/core";
import { parseDeliveryName } from "@plumbline/handoff";
import { pause } from "./pause.ts";
import { PICKUP_DEFAULTS, pickupSchema, type S3PickupOptions } from "./pickup-options.ts";
import { S3Connection } from "./s3-connection.ts";
import { S3Source } from "./s3-source.ts";
import { type ListedObject, listObjects } from "./stored-objects.ts";

/** `use: "@plumbline/handoff-s3/pickup"`: takes the objects below a prefix of a bucket. */
export const s3Pickup: Plugin<"pickup", S3PickupOptions> = definePlugin({
  id: "@plumbline/handoff-s3/pickup",
  kind: "pickup",
  apiVersion: 1,
  options: pickupSchema,
  create: (options, context) => createS3Pickup(options, context),
});

/**
 * A pick-up from a bucket; see {@link S3PickupOptions}. Outside of a host, waits are timed by the system's clock. Throws `PLB_S3_OPTIONS_INVALID` for a part of a
 * key.
 */
export function createS3Pickup(
  options: Pick<S3PickupOptions, "bucket"> & Partial<S3PickupOptions>,
  context: Partial<Pick<PluginContext, "clock" | "diagnostics" | "signal">> = {},
): Pickup {
  return new S3Pickup({ ...PICKUP_DEFAULTS, ...options }, context);
}

class S3Pickup implements Pickup {
  readonly #options: S3PickupOptions;
  readonly #connection: S3Connection;
  readonly #clock: Clock;
  readonly #diagnostics: PluginContext["diagnostics"] | undefined;
  readonly #closed = new AbortController();
  /** ETags by key, of the listing before and of this one. What is gone is forgotten, so that memory is as large as the bucket's listing. */
  #seen = new Map<string, string>();
  #listing = new Map<string, string>();

  constructor(
    options: S3PickupOptions,
    { clock = createSystemClock(), diagnostics, signal }: NonNullable<Parameters<typeof createS3Pickup>[1]>,
  ) {
    this.#options = options;
    this.#connection = new S3Connection(options, { clock, ...(signal === undefined ? {} : { signal }) });
    this.#clock = clock;
    this.#diagnostics = diagnostics;
  }

  /** A listing that fails in passing is made again after `pollMs`, and said; one that is refused rejects. */
  async *items(signal: AbortSignal): AsyncGenerator<PickupItem> {
    const { signal: stop, release } = this.#connection.within(signal, this.#closed.signal);
    try {
      yield* this.#items(stop);
    } finally {
      release();
    }
  }

  async *#items(stop: AbortSignal): AsyncGenerator<PickupItem> {
    while (!stop.aborted) {
      this.#listing = new Map();
      try {
        for await (const listed of this.#ready(stop)) {
          this.#listing.set(listed.key, listed.etag);
          if (this.#seen.get(listed.key) !== listed.etag) yield* this.#item(listed);
        }
        if (this.#options.once) return;
        this.#seen = this.#listing;
      } catch (error) {
        if (stop.aborted) return;
        if (!RetryableError.isInstance(error)) throw error;
        this.#diagnostics?.warn(
          `The bucket ${this.#options.bucket} could not be listed, and will be again: ${error.message}`,
        );
        this.#seen = new Map([...this.#seen, ...this.#listing]);
      }
      await pause(this.#clock, this.#options.pollMs, stop);
    }
  }

  close(): void {
    this.#closed.abort();
    this.#connection.close();
  }

  /** What is listed, page by page; with a marker, what has one. A marker comes after its object in every listing, and not always on the same page. */
  async *#ready(signal: AbortSignal): AsyncGenerator<ListedObject> {
    const { prefix, marker } = this.#options;
    const waiting = new Map<string, ListedObject>();
    for await (const page of listObjects(this.#connection, prefix, signal)) {
      for (const listed of page) {
        if (marker === undefined) yield listed;
        else if (listed.key.endsWith(marker)) {
          const ready = waiting.get(listed.key.slice(0, -marker.length));
          if (ready !== undefined) yield ready;
        } else waiting.set(listed.key, listed);
      }
    }
  }

  /** What has a name that no destination takes, folders' placeholders among it, is none. */
  *#item(listed: ListedObject): Generator<PickupItem> {
    const { prefix, marker, after } = this.#options;
    const name = listed.key.slice(prefix.length);
    try {
      parseDeliveryName(name);
    } catch (error) {
      if (PlumblineError.isInstance(error)) return;
      throw error;
    }
    const beside = marker === undefined ? undefined : listed.key + marker;
    // Deleted while it was read and put again, it looks as it did.
    const changed = (): void => {
      this.#seen.delete(listed.key);
      this.#listing.delete(listed.key);
    };
    yield new S3Source({ connection: this.#connection, listed, name, marker: beside, after, changed });
  }
}
