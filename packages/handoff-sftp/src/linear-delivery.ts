import { posix } from "node:path";
import type { HandoffManifest, PublishOutcome, StagedDelivery, VerificationLevel } from "@plumbline/core";
import { formatManifest, handoffError, MARKER_ENDING } from "@plumbline/handoff";
import { clearUp, nameTaken, type SftpDeliverySettings, toSpaceError, wrongContent } from "./delivery-settings.ts";
import { digestFar } from "./far-digest.ts";
import { inspectFar, keepFarManifest, lookAt, removeFar, syncFar, TEMP_ENDING, writeFarDurably } from "./far-files.ts";
import { settleLinear } from "./linear-records.ts";
import { PipelinedWriter } from "./pipelined-writer.ts";
import { isAnswer } from "./sftp-error.ts";
import type { FarHandle } from "./sftp-session.ts";

/** What a linear delivery writes to. */
export interface LinearTarget {
  /** The final path. */
  readonly path: string;
  /** The record that what stands there is not whole; removed last. */
  readonly record: string;
  /** The marker to write when it is whole, if any. */
  readonly marker: string | undefined;
  /** `undefined` where another file stands there already. */
  readonly handle: FarHandle | undefined;
}

type Phase = "writing" | "verified" | "shown" | "published" | "over";

/**
 * A file under its final name from the first byte on, in order. Its last byte is held back until all before it is acknowledged, durable where the server can,
 * checked, and described by a manifest: it has its final size only when it is whole.
 */
export class LinearDelivery implements StagedDelivery {
  readonly ref: string;
  readonly #settings: SftpDeliverySettings;
  readonly #target: LinearTarget;
  readonly #writer: PipelinedWriter | undefined;
  #phase: Phase = "writing";
  #last: number | undefined;
  #size = 0;
  #clearing: Promise<void> | undefined;

  constructor(settings: SftpDeliverySettings, target: LinearTarget) {
    const { session, windowBytes } = settings;
    this.#settings = settings;
    this.#target = target;
    this.#writer = target.handle === undefined ? undefined : new PipelinedWriter(session, target.handle, windowBytes);
    this.ref = target.record;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#expect("writing");
    if (chunk.length === 0) return;
    const held = this.#last;
    this.#last = chunk.at(-1);
    this.#size += chunk.length;
    try {
      if (held !== undefined) await this.#writer?.write(Uint8Array.of(held));
      await this.#writer?.write(chunk.subarray(0, -1));
    } catch (error) {
      throw await toSpaceError(error, this.#settings);
    }
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    this.#expect("writing");
    const { session, verify, request } = this.#settings;
    const { handle } = this.#target;
    if (handle !== undefined) {
      await this.#settle(handle);
      const tail = this.#last === undefined ? new Uint8Array() : Uint8Array.of(this.#last);
      const found =
        verify === "size"
          ? { size: (await session.fstat(handle)).size + tail.length, sha256: expected.sha256 }
          : await digestFar(session, handle, tail);
      if (this.#size !== expected.size || found.size !== expected.size || found.sha256 !== expected.sha256) {
        this.#phase = "over";
        throw wrongContent(request.name, expected.size, found.size);
      }
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
    const { session, places, abilities } = this.#settings;
    const { handle, marker, path } = this.#target;
    if (handle === undefined) {
      const there = await inspectFar(session, places.root, manifest.name, true);
      if (there?.size !== manifest.size || there.sha256 !== manifest.sha256) throw nameTaken(manifest.name);
    }
    await keepFarManifest(this.#settings, this.ref, manifest);
    this.#phase = "shown";
    if (handle !== undefined) {
      try {
        if (this.#last !== undefined) await this.#writer?.write(Uint8Array.of(this.#last));
        await this.#settle(handle);
        await syncFar(session, posix.dirname(path), abilities);
      } catch (error) {
        // Then it is not all there, or not for good, whatever a look would find.
        if (isAnswer(error)) this.#phase = "over";
        throw error;
      }
    }
    if (marker !== undefined) await writeFarDurably(this.#settings, this.ref, marker, formatManifest(manifest));
    this.#phase = "published";
    await Promise.allSettled([this.abort()]); // it is published, whatever is left of its staging: `abort` tells of that again
    return handle === undefined ? "already-there" : "published";
  }

  /** Once: the server may have given the handle to another file by the second time. */
  async abort(): Promise<void> {
    const phase = this.#phase;
    if (phase !== "published") this.#phase = "over";
    this.#clearing ??= this.#clear(phase);
    return this.#clearing;
  }

  async #clear(phase: Phase): Promise<void> {
    const { session, ended } = this.#settings;
    const { handle, record } = this.#target;
    let isDone = false;
    try {
      await clearUp(
        async () => handle !== undefined && session.close(handle),
        async () => (phase === "verified" || phase === "shown") && removeFar(session, record + TEMP_ENDING),
        () => this.#clearTarget(phase),
      );
      isDone = true;
    } finally {
      ended(isDone);
    }
  }

  async #clearTarget(phase: Phase): Promise<void> {
    const { session } = this.#settings;
    const { handle, path, record, marker } = this.#target;
    // A publish that failed half way may have shown the whole file: then it stays.
    if (phase === "shown") return settleLinear(this.#settings, record, marker === undefined ? "" : MARKER_ENDING);
    // The record tells that what stands there is ours and not whole: without one, nothing is taken away.
    const isOurs = phase !== "published" && handle !== undefined && (await lookAt(session, record)) !== undefined;
    if (isOurs) await removeFar(session, path);
    await removeFar(session, record);
  }

  /** All acknowledged, and durable where the server can. */
  async #settle(handle: FarHandle): Promise<void> {
    try {
      await this.#writer?.drain();
      if (this.#settings.abilities.syncs) await this.#settings.session.fsync(handle);
    } catch (error) {
      throw await toSpaceError(error, this.#settings);
    }
  }

  #expect(phase: "writing" | "verified"): void {
    this.#settings.signal.throwIfAborted();
    if (this.#phase !== phase) throw handoffError("PLB_HANDOFF_ORDER");
  }
}
