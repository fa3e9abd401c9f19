import { link, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  errorCode,
  type DeliveryRequest,
  type HandoffManifest,
  type PublishOutcome,
  type StagedDelivery,
  type VerificationLevel,
} from "@plumbline/core";
import { digestFile, type FileDigest } from "../digest-file.ts";
import { handoffError } from "../handoff-error.ts";
import { inspectFile, keepManifest, type StampTurn } from "./directory-files.ts";
import { makeFolders, removeIfThere, syncFolder } from "./durable-files.ts";
import { outOfOrder, toDiskError, wrongContent } from "./delivery-failures.ts";
import { type DirectoryPlaces, probe } from "./probe.ts";
import { ReadBack } from "./read-back.ts";

/** What a delivery to a directory is made with. */
export interface DirectoryDeliverySettings {
  readonly places: DirectoryPlaces;
  readonly request: DeliveryRequest;
  /** Of the request's name. */
  readonly parts: readonly string[];
  readonly signal: AbortSignal;
  readonly turn: StampTurn;
  readonly mode: number;
  readonly verify: "read-back" | "size";
  /** Called once, when nothing of it is left under way. */
  readonly ended: () => void;
}

/** So much is on its way to the disk before the rest is written, so that little is left when all of it must be there. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;
/** Up to this, a file is read back when it is whole; from here on, behind the writing. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** Set when the last byte is written. Whoever writes to the file later moves its time away from here. */
const UNTOUCHED_SECONDS = Date.UTC(2000, 0, 1) / 1000;

type Phase = "writing" | "verified" | "published" | "over";

/** A file in the staging folder that gets its final name when it is whole. */
export class AtomicDelivery implements StagedDelivery {
  readonly ref: string;
  readonly digest?: () => Promise<string>;
  readonly #settings: DirectoryDeliverySettings;
  readonly #handle: FileHandle;
  readonly #over = new AbortController();
  #phase: Phase = "writing";
  #size = 0;
  readonly #back: ReadBack | undefined;
  #isMarked = false;
  #syncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #syncFailure: { readonly error: unknown } | undefined;

  constructor(settings: DirectoryDeliverySettings, path: string, handle: FileHandle) {
    this.#settings = settings;
    this.#handle = handle;
    this.ref = path;
    const { verify, request } = settings;
    if (verify !== "read-back" || (request.size ?? 0) <= LARGE_BYTES) return;
    const back = new ReadBack(handle);
    this.#back = back;
    this.digest = async () => back.sha256();
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    const position = this.#size;
    const written = this.#append(chunk);
    if (this.#back === undefined) return written;
    const { request } = this.#settings;
    if (!(await this.#back.holds(chunk, position, written))) {
      this.#phase = "over";
      throw wrongContent(request.name, this.#size, (await this.#handle.stat()).size);
    }
    if (this.#size !== request.size) return;
    await this.#handle.utimes(UNTOUCHED_SECONDS, UNTOUCHED_SECONDS);
    this.#isMarked = true;
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    const { verify } = this.#settings;
    const [found] = await Promise.all([
      verify === "size" ? this.#handle.stat() : this.#readBack(),
      this.#sync(), // at the same time: what is read comes from memory either way
    ]);
    if (found.size !== expected.size || ("sha256" in found && found.sha256 !== expected.sha256)) {
      this.#phase = "over";
      throw wrongContent(this.#settings.request.name, expected.size, found.size);
    }
    this.#phase = "verified";
    return verify;
  }

  async publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    this.#expect("verified");
    const { places, parts, turn, mode, request } = this.#settings;
    const target = join(await makeFolders(places.root, parts.slice(0, -1), folderMode(mode)), parts.at(-1) ?? "");
    const takeBack = await keepManifest(places, manifest, request.owner, mode);
    let outcome: PublishOutcome = "published";
    try {
      await turn.take(async (seconds) => {
        this.#expect("verified");
        await this.#handle.utimes(seconds, seconds);
        await this.#show(target);
      });
    } catch (error) {
      if (errorCode(error) === "EXDEV" && (await probe(places)).hasRename) {
        await takeBack();
        throw otherMount(manifest.name, error);
      }
      if (errorCode(error) !== "EEXIST" && errorCode(error) !== "EISDIR") throw error;
      const isSame = await this.#isSame(manifest);
      // Of the same content the manifest tells the truth: whoever published it may have relied on this one.
      if (!isSame) await takeBack();
      if (!isSame || request.overwrite !== "same") throw nameTaken(manifest.name);
      outcome = "already-there";
    }
    await syncFolder(dirname(target));
    this.#phase = "published";
    await this.abort();
    return outcome;
  }

  async abort(): Promise<void> {
    if (this.#phase !== "published") this.#phase = "over";
    this.#over.abort();
    try {
      await this.#syncing;
      await this.#handle.close();
      await removeIfThere(this.ref);
    } finally {
      this.#settings.ended();
    }
  }

  async #show(target: string): Promise<void> {
    if (this.#settings.request.overwrite === "replace") {
      await rename(this.ref, target);
      return;
    }
    await link(this.ref, target); // never clobbers: link(2)
  }

  async #isSame(manifest: HandoffManifest): Promise<boolean> {
    const { root } = this.#settings.places;
    const { name } = manifest;
    if ((await inspectFile(root, name, false))?.size !== manifest.size) return false;
    const there = await inspectFile(root, name, true);
    return there?.size === manifest.size && there.sha256 === manifest.sha256;
  }

  async #append(chunk: Uint8Array): Promise<void> {
    try {
      for (let from = 0; from < chunk.length;) {
        const { bytesWritten } = await this.#handle.write(chunk, from, chunk.length - from, this.#size);
        from += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw toDiskError(error);
    }
    if (this.#size - this.#syncedBytes >= SYNC_EVERY_BYTES) this.#syncSoon();
  }

  async #readBack(): Promise<FileDigest> {
    const signal = AbortSignal.any([this.#settings.signal, this.#over.signal]);
    if (this.#back !== undefined && this.#isMarked) {
      const { mtimeMs, size } = await this.#handle.stat();
      if (mtimeMs === UNTOUCHED_SECONDS * 1000) return { size, sha256: this.#back.sha256() };
    }
    // What was read long ago may be something else by now.
    return digestFile(this.#handle, signal);
  }

  #syncSoon(): void {
    if (this.#syncing !== undefined) return;
    this.#syncedBytes = this.#size;
    this.#syncing = this.#handle.datasync().then(
      () => (this.#syncing = undefined),
      // The system tells a lost write once: what the last sync says afterwards is no proof.
      (error: unknown) => (this.#syncFailure = { error }),
    ) as Promise<void>;
  }

  async #sync(): Promise<void> {
    try {
      await this.#syncing;
      if (this.#syncFailure !== undefined) throw this.#syncFailure.error;
      await this.#handle.sync();
    } catch (error) {
      throw toDiskError(error);
    }
  }

  #expect(phase: Phase): void {
    this.#settings.signal.throwIfAborted();
    if (this.#phase !== phase) throw outOfOrder();
  }
}

/** Who may read files may enter their folders. */
export function folderMode(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}

/** What is staged can be shown in the destination's own folder, and not in the one below it that this name asks for: no other try mends that. */
function otherMount(name: string, cause: unknown): Error {
  return handoffError("PLB_HANDOFF_NAME_UNSUITABLE", {
    message: `${name} cannot appear in one step: its folder at the destination is another file system or mount than the staging folder.`,
    cause,
    details: { name },
  });
}

/** `PLB_HANDOFF_NAME_TAKEN` for a name. */
export function nameTaken(name: string): Error {
  return handoffError("PLB_HANDOFF_NAME_TAKEN", {
    message: `Another file stands under the name ${name} at the destination.`,
    details: { name },
  });
}
