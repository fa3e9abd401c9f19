import { posix } from "node:path";
import type { HandoffManifest, PublishOutcome, StagedDelivery, VerificationLevel } from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import {
  clearUp,
  folderMode,
  nameTaken,
  type SftpDeliverySettings,
  toSpaceError,
  wrongContent,
} from "./delivery-settings.ts";
import { digestFar, type FarDigest, ReadBehind } from "./far-digest.ts";
import { inspectFar, keepFarManifest, lookAt, makeFarFolders, removeFar, syncFar, TEMP_ENDING } from "./far-files.ts";
import { PipelinedWriter } from "./pipelined-writer.ts";
import { statusOf } from "./sftp-error.ts";
import type { FarHandle } from "./sftp-session.ts";

/** From here on, a file is read back behind the writing. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** So much is sent to the server's disk while the rest is on its way, so that little is left when all of it must be there. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;
/** Set when the last byte is written. Whoever writes to the file later moves its time away from here. */
const UNTOUCHED_SECONDS = Date.UTC(2000, 0, 1) / 1000;

type Phase = "writing" | "verified" | "published" | "over";

/** A file in the server's staging folder that gets its final name when it is whole. */
export class AtomicDelivery implements StagedDelivery {
  readonly ref: string;
  readonly #settings: SftpDeliverySettings;
  readonly #handle: FarHandle;
  readonly #writer: PipelinedWriter;
  #behind: ReadBehind | undefined;
  #isMarked = false;
  #phase: Phase = "writing";
  #clearing: Promise<void> | undefined;
  #syncedBytes = 0;
  #syncs: Promise<void> = Promise.resolve();

  constructor(settings: SftpDeliverySettings, path: string, handle: FarHandle) {
    this.#settings = settings;
    this.#handle = handle;
    this.#writer = new PipelinedWriter(settings.session, handle, settings.windowBytes, (bytes) => this.#written(bytes));
    this.ref = path;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    try {
      await this.#writer.write(chunk);
      this.#syncOnTheWay();
      if (this.#writer.size === this.#settings.request.size && this.#isLarge) await this.#mark();
    } catch (error) {
      throw await toSpaceError(error, this.#settings);
    }
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    const { verify, request } = this.#settings;
    let found: { readonly size: number; readonly sha256?: string };
    try {
      await this.#writer.drain();
      // At the same time: what is read over there comes from memory either way.
      [found] = await Promise.all([this.#lookBack(), this.#sync()]);
    } catch (error) {
      throw await toSpaceError(error, this.#settings);
    }
    if (found.size !== expected.size || (verify !== "size" && found.sha256 !== expected.sha256)) {
      this.#phase = "over";
      throw wrongContent(request.name, expected.size, found.size);
    }
    this.#phase = "verified";
    return verify;
  }

  async publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    this.#expect("verified");
    try {
      return await this.#publish(manifest);
    } catch (error) {
      throw await toSpaceError(error, this.#settings);
    }
  }

  async #publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    const { session, places, parts, turn, mode, abilities, request } = this.#settings;
    const folder = await makeFarFolders(session, places.root, parts.slice(0, -1), folderMode(mode), abilities);
    const target = posix.join(folder, parts.at(-1) ?? "");
    const takeBack = await keepFarManifest(this.#settings, this.ref, manifest);
    let outcome: PublishOutcome = "published";
    try {
      await turn.take(session, this.#handle, async () => {
        this.#expect("verified");
        await this.#show(target);
      });
    } catch (error) {
      if (statusOf(error) === undefined) throw error;
      // A refusal tells nothing of why: whether the name is taken is looked up, where that can be the reason.
      const isTaken = request.overwrite !== "replace" && (await lookAt(session, target)) !== undefined;
      const isSame = isTaken && (await this.#isSame(manifest));
      // Of the same content the manifest tells the truth: whoever published it may have relied on this one.
      if (!isSame) await takeBack();
      if (!isTaken) throw error;
      if (!isSame || request.overwrite !== "same") throw nameTaken(manifest.name);
      outcome = "already-there";
    }
    await syncFar(session, folder, abilities);
    this.#phase = "published";
    await Promise.allSettled([this.abort()]); // it is published, whatever is left of its staging: `abort` tells of that again
    return outcome;
  }

  /** Once: the server may have given the handle to another file by the second time. */
  async abort(): Promise<void> {
    const phase = this.#phase;
    if (phase !== "published") this.#phase = "over";
    this.#behind?.stop();
    this.#clearing ??= this.#clear(phase);
    return this.#clearing;
  }

  async #clear(phase: Phase): Promise<void> {
    const { session, ended } = this.#settings;
    let isDone = false;
    try {
      await clearUp(
        () => session.close(this.#handle),
        () => removeFar(session, this.ref),
        // Of a manifest that was not written to its end.
        async () => phase === "verified" && removeFar(session, this.ref + TEMP_ENDING),
      );
      isDone = true;
    } finally {
      ended(isDone);
    }
  }

  /** By what was sent, of which the server may have acknowledged nothing yet. */
  get #isLarge(): boolean {
    return this.#settings.verify === "read-back" && this.#writer.size > LARGE_BYTES;
  }

  /** The server goes through its requests in turn: this one is answered when what was sent before it is on its disk, while more is on its way. */
  #syncOnTheWay(): void {
    if (this.#writer.size - this.#syncedBytes < SYNC_EVERY_BYTES) return;
    this.#syncedBytes = this.#writer.size;
    const { session } = this.#settings;
    // The first failure is kept: the system tells a lost write once.
    this.#syncs = Promise.all([this.#syncs, session.fsync(this.#handle)]).then(() => undefined);
    this.#syncs.catch(() => undefined); // told by `verify`
  }

  async #sync(): Promise<void> {
    await this.#syncs;
    await this.#settings.session.fsync(this.#handle);
  }

  #written(bytes: number): void {
    if (bytes <= LARGE_BYTES || this.#phase !== "writing" || !this.#isLarge) return;
    this.#behind ??= new ReadBehind(this.#settings.session, this.#handle);
    this.#behind.grown(bytes);
  }

  async #mark(): Promise<void> {
    const times = { atime: UNTOUCHED_SECONDS, mtime: UNTOUCHED_SECONDS };
    try {
      await this.#settings.session.setAttributes(this.#handle, times);
      this.#isMarked = true;
    } catch (error) {
      if (statusOf(error) === undefined) throw error; // a refusal costs a second reading, and nothing else
    }
  }

  async #lookBack(): Promise<{ readonly size: number; readonly sha256?: string }> {
    const { session, verify, serverDigest } = this.#settings;
    if (verify === "read-back") return this.#readBack();
    const { size } = await session.fstat(this.#handle);
    return serverDigest === undefined ? { size } : { size, sha256: await serverDigest(session, this.ref, size) };
  }

  async #readBack(): Promise<FarDigest> {
    const { session } = this.#settings;
    if (this.#behind === undefined) return digestFar(session, this.#handle);
    const found = await this.#behind.whole();
    const { size, mtime } = await session.fstat(this.#handle);
    const isUntouched = this.#isMarked && mtime === UNTOUCHED_SECONDS && size === found.size;
    // What was read long ago may be something else by now.
    return isUntouched ? found : digestFar(session, this.#handle);
  }

  async #show(target: string): Promise<void> {
    const { session, request } = this.#settings;
    if (request.overwrite === "replace") await session.posixRename(this.ref, target);
    else await session.hardlink(this.ref, target);
  }

  async #isSame(manifest: HandoffManifest): Promise<boolean> {
    const { session, places } = this.#settings;
    if ((await inspectFar(session, places.root, manifest.name, false))?.size !== manifest.size) return false;
    const there = await inspectFar(session, places.root, manifest.name, true);
    return there?.size === manifest.size && there.sha256 === manifest.sha256;
  }

  #expect(phase: Phase): void {
    this.#settings.signal.throwIfAborted();
    if (this.#phase !== phase) throw handoffError("PLB_HANDOFF_ORDER");
  }
}
