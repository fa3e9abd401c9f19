import { type S3Checksum, startChecksum } from "./checksum.ts";
import { MultipartUpload, type UploadTarget } from "./multipart-upload.ts";
import { PartBuffer } from "./part-buffer.ts";
import { MOST_PARTS } from "./part-size.ts";
import { failureOf, isUnanswered, s3Error, toS3Error } from "./s3-failures.ts";

/** What parts are made and sent with. */
export interface PartWriterSettings {
  readonly target: UploadTarget;
  readonly partBytes: number;
  /** How many parts may be under way at once. */
  readonly partsInFlight: number;
  /** Of the whole file, where known; memory is asked for accordingly. */
  readonly size: number | undefined;
  readonly signal: AbortSignal;
  /** Called before an upload begins, and again with its id. */
  readonly record: (uploadId: string | undefined) => Promise<void>;
}

/**
 * Cuts what is written into parts and sends each when it is full and more follows. What fits in one part begins no upload: it stays in memory, for one
 * PutObject. At most `partsInFlight` + 1 parts are in memory.
 */
export class PartWriter {
  readonly #settings: PartWriterSettings;
  readonly #free: PartBuffer[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #whole;
  #buffer: PartBuffer;
  #sum;
  #upload: MultipartUpload | undefined;
  #beginning: Promise<MultipartUpload> | undefined;
  #isLost = false;
  #sent = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(settings: PartWriterSettings) {
    this.#settings = settings;
    this.#buffer = new PartBuffer(settings.partBytes, settings.size);
    this.#sum = startChecksum(this.#kind);
    this.#whole = startChecksum(this.#kind === "crc64nvme" ? "crc64nvme" : "none");
  }

  /** The upload, once there is one. */
  get upload(): MultipartUpload | undefined {
    return this.#upload;
  }

  /** Whether an upload may have begun over there whose id nobody knows. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** What is in memory: after `finish`, and where there is no upload, the whole content. */
  get bytes(): Uint8Array {
    return this.#buffer.bytes;
  }

  /** The checksum of `bytes`. */
  get bytesSum(): string {
    return this.#sum.digest();
  }

  /** The checksum of all that was written, where one of the whole is given at the end. */
  get wholeSum(): string {
    return this.#whole.digest();
  }

  /** Takes the next bytes; `seen` gets them as they are kept, so that what is hashed is what is sent. */
  async write(chunk: Uint8Array, seen: (kept: Uint8Array) => void): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      if (this.#buffer.isFull) await this.#flush();
      const kept = this.#buffer.take(rest);
      this.#sum.update(kept);
      this.#whole.update(kept);
      seen(kept);
      rest = rest.subarray(kept.length);
    }
  }

  /** Sends the last part and waits for all, where an upload has begun. */
  async finish(): Promise<void> {
    if (this.#upload === undefined) return;
    await this.#flush();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    this.#expectNoFailure();
  }

  /** Resolves when nothing is under way any more; never rejects. */
  async settle(): Promise<void> {
    await this.#beginning?.catch(() => undefined); // told by `write`
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  get #kind(): S3Checksum {
    return this.#settings.target.checksum;
  }

  async #flush(): Promise<void> {
    const { partsInFlight, partBytes, signal } = this.#settings;
    while (this.#underWay.size >= partsInFlight) await Promise.race(this.#underWay);
    this.#expectNoFailure();
    if (this.#sent === MOST_PARTS) throw s3Error("PLB_S3_TOO_LARGE");
    this.#beginning ??= this.#begin();
    const upload = await this.#beginning;
    const buffer = this.#buffer;
    const number = ++this.#sent;
    const sum = this.#sum.digest();
    this.#buffer = this.#free.pop() ?? new PartBuffer(partBytes, partBytes);
    this.#sum = startChecksum(this.#kind);
    const sending = this.#send(upload, number, buffer, sum, signal).then(() => {
      this.#underWay.delete(sending);
    });
    this.#underWay.add(sending);
  }

  async #begin(): Promise<MultipartUpload> {
    const { record, target, signal } = this.#settings;
    await record(undefined);
    signal.throwIfAborted();
    this.#isLost = true;
    const upload = await this.#create(target, signal);
    this.#upload = upload; // from here on it is known to whoever aborts
    this.#isLost = false;
    await record(upload.id);
    return upload;
  }

  async #create(target: UploadTarget, signal: AbortSignal): Promise<MultipartUpload> {
    try {
      return await MultipartUpload.create(target, signal);
    } catch (error) {
      this.#isLost = isUnanswered(failureOf(error));
      throw toS3Error(error, "begin an upload");
    }
  }

  async #send(
    upload: MultipartUpload,
    number: number,
    buffer: PartBuffer,
    sum: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await upload.send(number, buffer.bytes, sum, signal);
      buffer.clear();
      this.#free.push(buffer);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #expectNoFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
