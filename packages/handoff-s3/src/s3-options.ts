import { type OptionReader, type OptionReaders } from "@plumbline/core";

/** Where a bucket is, and who asks. What is left out is found as the AWS SDK finds it: environment, shared files, the machine's or pod's role. */
export interface S3ConnectionOptions {
  /** The bucket. `url: "s3://bucket/prefix/"` stands for it and `prefix`. */
  readonly bucket: string;
  /**
   * What keys begin with, before a file's name; as it is, so usually with `/` at its end. No placeholders: a folder by day belongs to the file's name.
   * Default: empty.
   */
  readonly prefix: string;
  /** The URL of a server. Default: Amazon's. */
  readonly endpoint: string | undefined;
  /** The region. Default: as the AWS SDK finds it; `us-east-1` where there is an endpoint. */
  readonly region: string | undefined;
  /** Whether the bucket stands in the path and not in the host's name. Default: where there is an endpoint. */
  readonly forcePathStyle: boolean | undefined;
  /** Only together with `secretAccessKey`. Default: as the AWS SDK finds it: environment, shared files, the role of a machine or pod. */
  readonly accessKeyId: string | undefined;
  /** Only together with `accessKeyId`. Default: likewise. */
  readonly secretAccessKey: string | undefined;
  /** Of credentials that end, beside both of them. Default: likewise. */
  readonly sessionToken: string | undefined;
  /** How often a request is tried before its failure counts. Default: 5. */
  readonly attempts: number;
  /** Milliseconds without a byte after which a connection counts as broken. Default: 60,000. */
  readonly idleTimeoutMs: number;
}

export const CONNECTION_DEFAULTS: Pick<S3ConnectionOptions, "prefix" | "attempts" | "idleTimeoutMs"> = {
  prefix: "",
  attempts: 5,
  idleTimeoutMs: 60_000,
};

/** A key's part that an option gives: no control character, no placeholder, not from the root. */
export const prefixOption: OptionReader<string> = (value) => {
  const prefix = value ?? "";
  return typeof prefix === "string" &&
    !/^\/|[{}]|\p{Cc}|\p{Surrogate}/u.test(prefix) &&
    Buffer.byteLength(prefix) <= 500
    ? { value: prefix }
    : {
        expected: "what keys begin with: not with a slash, no placeholder (a folder by day belongs to the file's name)",
      };
};

export function optional<Value>(read: OptionReader<Value>): OptionReader<Value | undefined> {
  return (value) => (value === undefined ? { value } : read(value));
}

export function integerOption(least: number, most: number, fallback: number): OptionReader<number> {
  return (value) => {
    const number = value ?? fallback;
    return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
      ? { value: number }
      : { expected: `a whole number from ${least} to ${most}` };
  };
}

export const textOption: OptionReader<string> = (value) =>
  typeof value === "string" && value !== "" ? { value } : { expected: "a text" };

const bucketOption: OptionReader<string> = (value) =>
  typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9.:_/-]{1,254}$/.test(value)
    ? { value }
    : { expected: "the name of a bucket" };

const urlOption: OptionReader<string> = (value) =>
  typeof value === "string" && URL.canParse(value) && /^https?:\/\/[^@]*$/.test(value)
    ? { value }
    : { expected: "a URL that begins with http or https and holds no credentials" };

export function booleanOption(fallback: boolean): OptionReader<boolean> {
  return (value) => {
    const flag = value ?? fallback;
    return typeof flag === "boolean" ? { value: flag } : { expected: "true or false" };
  };
}

export const connectionReaders: OptionReaders<S3ConnectionOptions> = {
  bucket: bucketOption,
  prefix: prefixOption,
  endpoint: optional(urlOption),
  region: optional(textOption),
  forcePathStyle: optional(booleanOption(false)),
  accessKeyId: optional(textOption),
  secretAccessKey: optional(textOption),
  sessionToken: optional(textOption),
  attempts: integerOption(1, 100, CONNECTION_DEFAULTS.attempts),
  idleTimeoutMs: integerOption(1000, 3_600_000, CONNECTION_DEFAULTS.idleTimeoutMs),
};
