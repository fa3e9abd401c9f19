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
import { digestFile } from "../digest-file.ts";
import { handoffError } from "../handoff-error.ts";
import { inspectFile, keepManifest, type StampTurn } from "./directory-files.ts";
import { makeFolders, removeIfThere, syncFolder } from "./durable-files.ts";
import { outOfOrder, toDiskError, wrongContent } from "./delivery-failures.ts";
import type { DirectoryPlaces } from "./probe.ts";

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

type Phase = "writing" | "verified" | "published" | "over";

/** A file in the staging folder that gets its final name when it is whole. */
export class AtomicDelivery implements StagedDelivery {
  readonly ref: string;
  readonly #settings: DirectoryDeliverySettings;
  readonly #handle: FileHandle;
  #phase: Phase = "writing";
  #size = 0;

  constructor(settings: DirectoryDeliverySettings, path: string, handle: FileHandle) {
    this.#settings = settings;
    this.#handle = handle;
    this.ref = path;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    try {
      for (let from = 0; from < chunk.length;) {
        const { bytesWritten } = await this.#handle.write(chunk, from, chunk.length - from, this.#size);
        from += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw toDiskError(error);
    }
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    const { verify } = this.#settings;
    const [found] = await Promise.all([
      verify === "size" ? this.#handle.stat() : digestFile(this.#handle),
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
      if (errorCode(error) !== "EEXIST" && errorCode(error) !== "EISDIR") throw error;
      if (!(await this.#isSame(manifest))) {
        await takeBack();
        throw nameTaken(manifest.name);
      }
      outcome = "already-there";
    }
    await syncFolder(dirname(target));
    this.#phase = "published";
    await this.abort();
    return outcome;
  }

  async abort(): Promise<void> {
    if (this.#phase !== "published") this.#phase = "over";
    this.#settings.ended();
    await this.#handle.close();
    await removeIfThere(this.ref);
  }

  async #show(target: string): Promise<void> {
    if (this.#settings.request.overwrite === "replace") {
      await rename(this.ref, target);
      return;
    }
    await link(this.ref, target); // never clobbers: link(2)
  }

  async #isSame(manifest: HandoffManifest): Promise<boolean> {
    if (this.#settings.request.overwrite !== "same") return false;
    const there = await inspectFile(this.#settings.places.root, manifest.name, true);
    return there?.size === manifest.size && there.sha256 === manifest.sha256;
  }

  async #sync(): Promise<void> {
    try {
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

/** `PLB_HANDOFF_NAME_TAKEN` for a name. */
export function nameTaken(name: string): Error {
  return handoffError("PLB_HANDOFF_NAME_TAKEN", {
    message: `Another file stands under the name ${name} at the destination.`,
    details: { name },
  });
}
