import { choiceOption, createOptionsSchema, type Plugin } from "@plumbline/core";
import { withAddress } from "./s3-address.ts";
import { withWholeCredentials } from "./s3-credentials.ts";
import {
  booleanOption,
  CONNECTION_DEFAULTS,
  connectionReaders,
  integerOption,
  optional,
  type S3ConnectionOptions,
  textOption,
} from "./s3-options.ts";

/** Options of the S3 pick-up. */
export interface S3PickupOptions extends S3ConnectionOptions {
  /** Milliseconds between one listing of the bucket and the next. Default: 10,000. */
  readonly pollMs: number;
  /**
   * The ending of the object that a producer puts beside another when it is done with it (`.done`). Default: none. Then an object is taken as soon as it is
   * there, since S3 shows none before all of it has arrived.
   */
  readonly marker: string | undefined;
  /** What becomes of an object once its delivery was confirmed. Default: `keep`. */
  readonly after: "keep" | "delete";
  /** Ends once everything that is listed now was given out. Default: `false`. */
  readonly once: boolean;
}

export const PICKUP_DEFAULTS: Omit<S3PickupOptions, "bucket"> = {
  ...CONNECTION_DEFAULTS,
  endpoint: undefined,
  region: undefined,
  forcePathStyle: undefined,
  accessKeyId: undefined,
  secretAccessKey: undefined,
  sessionToken: undefined,
  pollMs: 10_000,
  marker: undefined,
  after: "keep",
  once: false,
};

export const pickupSchema: NonNullable<Plugin<"pickup", S3PickupOptions>["options"]> = withAddress(
  withWholeCredentials(
    createOptionsSchema<S3PickupOptions>({
      ...connectionReaders,
      pollMs: integerOption(100, 86_400_000, PICKUP_DEFAULTS.pollMs),
      marker: optional(textOption),
      after: choiceOption(["keep", "delete"]),
      once: booleanOption(false),
    }),
  ),
);
