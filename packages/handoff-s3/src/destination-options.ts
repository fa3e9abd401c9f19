import { choiceOption, createOptionsSchema, type OptionReader, type Plugin } from "@plumbline/core";
import type { S3Checksum } from "./checksum.ts";
import { withAddress } from "./s3-address.ts";
import { withWholeCredentials } from "./s3-credentials.ts";
import { LEAST_PART_BYTES, MOST_PART_BYTES } from "./part-size.ts";
import {
  CONNECTION_DEFAULTS,
  connectionReaders,
  integerOption,
  optional,
  prefixOption,
  type S3ConnectionOptions,
} from "./s3-options.ts";

/** Options of the S3 destination. */
export interface S3DestinationOptions extends S3ConnectionOptions {
  /** The prefix for records and manifests, with a slash at its end. Default: `.plumbline-handoff/` below `prefix`. */
  readonly control: string | undefined;
  /** The size of parts. What fits in one is put whole; what has more than 10,000 of them gets larger ones. Default: 8 MiB; at least 5 MiB. */
  readonly partBytes: number;
  /** How many parts of one file may be under way at once. Default: 4. So many and one more are in memory. */
  readonly partsInFlight: number;
  /**
   * What the server has to check every body by. Default: `auto`. That is the first of sha256, crc64nvme and md5 that it is found to refuse a wrong body by. `none`
   * goes on without: only sizes and entity tags are compared then, which the verification level `size` says.
   */
  readonly checksum: S3Checksum | "auto";
  /**
   * Whether the server must have conditional writes (`If-None-Match: *`). Default: `require`. `without` goes on where it has none: then the only rule of
   * overwriting is `replace`.
   */
  readonly conditionalWrites: "require" | "without";
}

export const DESTINATION_DEFAULTS: Omit<S3DestinationOptions, "bucket"> = {
  ...CONNECTION_DEFAULTS,
  endpoint: undefined,
  region: undefined,
  forcePathStyle: undefined,
  accessKeyId: undefined,
  secretAccessKey: undefined,
  sessionToken: undefined,
  control: undefined,
  partBytes: 8 * 1024 * 1024,
  partsInFlight: 4,
  checksum: "auto",
  conditionalWrites: "require",
};

const controlOption: OptionReader<string> = (value) => {
  const read = prefixOption(value);
  return typeof value === "string" && value.endsWith("/") && "value" in read
    ? read
    : { expected: "a prefix that ends with a slash" };
};

export const destinationSchema: NonNullable<Plugin<"destination", S3DestinationOptions>["options"]> = withAddress(
  withWholeCredentials(
    createOptionsSchema<S3DestinationOptions>({
      ...connectionReaders,
      control: optional(controlOption),
      partBytes: integerOption(LEAST_PART_BYTES, MOST_PART_BYTES, DESTINATION_DEFAULTS.partBytes),
      partsInFlight: integerOption(1, 64, DESTINATION_DEFAULTS.partsInFlight),
      checksum: choiceOption(["auto", "sha256", "crc64nvme", "md5", "none"]),
      conditionalWrites: choiceOption(["require", "without"]),
    }),
  ),
);
