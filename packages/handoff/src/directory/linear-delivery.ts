import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HandoffManifest, PublishOutcome, StagedDelivery, VerificationLevel } from "@plumbline/core";
import { formatManifest } from "../manifest.ts";
import { type DirectoryDeliverySettings, nameTaken } from "./atomic-delivery.ts";
import { outOfOrder, toDiskError, wrongContent } from "./delivery-failures.ts";
import { inspectFile, keepManifest } from "./directory-files.ts";
import { removeIfThere, syncFolder, writeDurably } from "./durable-files.ts";
import { settleLinear } from "./linear-record.ts";

const CHUNK_BYTES = 1024 * 1024;

/** What a linear delivery writes to. */
export interface LinearTarget {
  /** The final path. */
  readonly path: string;
  /** The record that what stands there is not whole; removed last. */
  readonly record: string;
  /** What the name of the marker ends with that is written when it is whole; empty where there is none. */
  readonly markerEnding: string;
  /** `undefined` where another file stands there already. */
  readonly handle: FileHandle | undefined;
}

/**
 * A file under its final name from the first byte on. Its last byte is held back until all before it is durable, checked and described by a manifest: it has its
 * final size only when it is whole.
 */
export class LinearDelivery implements StagedDelivery {
  readonly ref: string;
  readonly #settings: DirectoryDeliverySettings;
  readonly #target: LinearTarget;
  #phase: "writing" | "verified" | "published" | "over" = "writing";
  #last: number | undefined;
  #size = 0;
  /** Not where the disk failed at the whole: the system tells that once, and whoever reads it finds it whole in memory. */
  #isDurable = true;

  constructor(settings: DirectoryDeliverySettings, target: LinearTarget) {
    this.#settings = settings;
    this.#target = target;
    this.ref = target.record;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    if (chunk.length === 0) return;
    const held = this.#last;
    const bytes = Buffer.concat(held === undefined ? [chunk] : [Uint8Array.of(held), chunk]);
    await this.#append(bytes.subarray(0, -1));
    this.#last = bytes.at(-1);
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    const { handle } = this.#target;
    const { verify, request } = this.#settings;
    const size = this.#size + (this.#last === undefined ? 0 : 1);
    if (handle !== undefined) {
      await handle.sync();
      const sha256 = verify === "size" ? expected.sha256 : await this.#digest(handle);
      if (size !== expected.size || sha256 !== expected.sha256) {
        this.#phase = "over";
        throw wrongContent(request.name, expected.size, size);
      }
    }
    this.#phase = "verified";
    return verify;
  }

  async publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    this.#expect("verified");
    const { places, mode, request } = this.#settings;
    const { handle, markerEnding, path } = this.#target;
    if (handle === undefined) {
      const there = await inspectFile(places.root, manifest.name, true);
      if (there?.size !== manifest.size || there.sha256 !== manifest.sha256) throw nameTaken(manifest.name);
    }
    await keepManifest(places, manifest, request.owner, mode);
    if (handle !== undefined) {
      if (this.#last !== undefined) await this.#append(Uint8Array.of(this.#last));
      this.#isDurable = false;
      await handle.sync();
      await syncFolder(dirname(path));
      this.#isDurable = true;
    }
    if (markerEnding !== "")
      await writeDurably(path + markerEnding, formatManifest(manifest), join(places.staging, request.owner), mode);
    this.#phase = "published";
    await this.abort();
    return handle === undefined ? "already-there" : "published";
  }

  async abort(): Promise<void> {
    const isOver = this.#phase !== "published";
    if (isOver) this.#phase = "over";
    const { handle, record, markerEnding } = this.#target;
    const { ended, places } = this.#settings;
    try {
      await handle?.close();
      // A publish that failed half way may have shown the whole file: then it stays.
      if (isOver && handle !== undefined) await settleLinear(places, record, markerEnding, this.#isDurable);
      else await removeIfThere(record);
    } finally {
      ended();
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const { handle } = this.#target;
    if (handle === undefined) return;
    try {
      for (let from = 0; from < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, from, bytes.length - from, this.#size);
        from += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw toDiskError(error);
    }
  }

  async #digest(handle: FileHandle): Promise<string> {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; ;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
    if (this.#last !== undefined) hash.update(Uint8Array.of(this.#last));
    return hash.digest("hex");
  }

  #expect(phase: "writing" | "verified"): void {
    this.#settings.signal.throwIfAborted();
    if (this.#phase !== phase) throw outOfOrder();
  }
}
