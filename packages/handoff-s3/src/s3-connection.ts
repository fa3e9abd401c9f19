import { S3Client } from "@aws-sdk/client-s3";
import { type Clock, createSystemClock, type PluginContext } from "@plumbline/core";
import { type JoinedSignal, joinSignals } from "./joined-signal.ts";
import { pause } from "./pause.ts";
import { expectWholeCredentials } from "./s3-credentials.ts";
import { failureOf, type S3Failure, toS3Error } from "./s3-failures.ts";
import type { S3ConnectionOptions } from "./s3-options.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;

/** What gives up what a step sends. */
export interface S3Sending {
  readonly abortSignal: AbortSignal;
}

/** One request, or several that are tried again together. */
export type S3Step<Value> = (client: S3Client, sending: S3Sending) => Promise<Value>;

/** What a connection is made in. Outside of a host, waits are timed by the system's clock, and nothing ends them. */
export type S3Context = Partial<Pick<PluginContext, "clock" | "signal">>;

/** A client for one bucket, which tries again by itself, with the host's clock and no more often than it is told. */
export class S3Connection {
  readonly bucket: string;
  readonly attempts: number;
  /** Aborts at the deadline of closing. A step that is given no signal is given up by this one; another has to come of {@link within}. */
  readonly deadline: AbortSignal;
  readonly #client: S3Client;
  readonly #clock: Clock;

  /** Throws `PLB_S3_OPTIONS_INVALID`. */
  constructor(options: S3ConnectionOptions, { clock, signal }: S3Context) {
    expectWholeCredentials(options);
    const { bucket, endpoint, region, accessKeyId, secretAccessKey, sessionToken, idleTimeoutMs } = options;
    this.bucket = bucket;
    this.attempts = options.attempts;
    this.deadline = signal ?? new AbortController().signal;
    this.#clock = clock ?? createSystemClock();
    const found = region ?? (endpoint === undefined ? undefined : "us-east-1");
    this.#client = new S3Client({
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(found === undefined ? {} : { region: found }),
      forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
      maxAttempts: 1,
      requestChecksumCalculation: "WHEN_REQUIRED", // ours are given with each request
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: idleTimeoutMs },
    });
  }

  /** Aborts when one of these does, or at the deadline; to be released. */
  within(...signals: readonly AbortSignal[]): JoinedSignal {
    return joinSignals(...signals, this.deadline);
  }

  /**
   * Tries a step as often as `attempts` allows, and only after a failure that `mayRepeat` allows: for what must not be done twice. Rejects with what the client
   * threw last.
   */
  async attempt<Value>(
    step: S3Step<Value>,
    signal: AbortSignal = this.deadline,
    mayRepeat: (failure: S3Failure) => boolean = () => true,
  ): Promise<Value> {
    for (let tried = 1; ; tried++) {
      signal.throwIfAborted();
      try {
        return await step(this.#client, { abortSignal: signal });
      } catch (error) {
        signal.throwIfAborted();
        const failure = failureOf(error);
        if (tried >= this.attempts || !failure.isTransient || !mayRepeat(failure)) throw error;
        await this.pause(tried, failure.retryAfterMs, signal);
      }
    }
  }

  /** As `attempt`, but rejects with an error of ours; `doing` completes "S3 failed to …". */
  async run<Value>(doing: string, step: S3Step<Value>, signal?: AbortSignal): Promise<Value> {
    try {
      return await this.attempt(step, signal);
    } catch (error) {
      throw toS3Error(error, doing);
    }
  }

  /** One try. Rejects with what the client threw. */
  async once<Value>(step: S3Step<Value>, signal: AbortSignal): Promise<Value> {
    signal.throwIfAborted();
    return step(this.#client, { abortSignal: signal });
  }

  /** Waits before another try: what the server asked for, else ever longer, with chance in it so that many do not come back at once. */
  async pause(tried: number, retryAfterMs: number | undefined, signal: AbortSignal): Promise<void> {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (tried - 1), LONGEST_PAUSE_MS);
    const delayMs = Math.min(retryAfterMs ?? longest / 2 + (Math.random() * longest) / 2, LONGEST_PAUSE_MS);
    await pause(this.#clock, delayMs, signal);
  }

  close(): void {
    this.#client.destroy();
  }
}
