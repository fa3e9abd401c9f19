import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DeliveryRequest, Destination, Pickup, StagedDelivery } from "@plumbline/core";
import {
  createDirectoryDestination,
  createDirectoryPickup,
  createUploader,
  type DirectoryPickupOptions,
  type HandoffEvent,
  type Uploader,
  type UploaderOptions,
} from "../src/index.ts";

/** Folders for a hand-off, and what happened in it. */
export interface Scene {
  readonly base: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly events: HandoffEvent[];
  make(name: string, content: string | Uint8Array): Promise<string>;
  /** Hands on what is there, once. */
  once(options?: OnceOptions): Promise<Uploader>;
  /** The names at the destination, without what it keeps for itself. */
  arrived(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OnceOptions {
  readonly pickup?: Pickup;
  readonly source?: Partial<DirectoryPickupOptions>;
  readonly destination?: Destination;
  readonly uploader?: Partial<UploaderOptions>;
  readonly signal?: AbortSignal;
}

export async function createScene(): Promise<Scene> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-uploader-"));
  const from = join(base, "from");
  const to = join(base, "to");
  const state = join(base, "state");
  const events: HandoffEvent[] = [];
  await mkdir(from);
  return {
    base,
    from,
    to,
    state,
    events,
    async make(name, content) {
      const path = join(from, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    async once(options = {}) {
      const uploader = createUploader({
        pickup:
          options.pickup ?? createDirectoryPickup({ path: from, commit: "rename", once: true, ...options.source }),
        destination: options.destination ?? createDirectoryDestination({ path: to }),
        stateDirectory: state,
        retryMs: 1,
        onEvent: (event) => events.push(event),
        ...options.uploader,
      });
      try {
        await uploader.start();
        await uploader.run(options.signal ?? AbortSignal.timeout(20_000));
      } finally {
        await uploader.close();
      }
      return uploader;
    },
    arrived: () => filesBelow(to),
    read: async (name) => readFile(join(to, name), "utf8"),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  };
}

/** Files below a folder, without the hand-off's own: its control folder, and the probe that a killed process leaves for a minute. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !/^\.plumbline-(?:handoff|probe-)/.test(name))
    .sort();
}

/** A destination whose steps a test can stand in the way of. */
export function wrapDestination(inner: Destination, change: Partial<Destination>): Destination {
  return {
    start: () => inner.start(),
    stage: (request, signal) => inner.stage(request, signal),
    inspect: (name, options) => inner.inspect(name, options),
    manifests: () => inner.manifests(),
    reap: (owner) => inner.reap(owner),
    close: () => inner.close(),
    ...change,
  };
}

/** The same for the steps of each delivery. */
export function wrapDeliveries(
  inner: Destination,
  change: (staged: StagedDelivery, request: DeliveryRequest) => Partial<StagedDelivery>,
): Destination {
  return wrapDestination(inner, {
    stage: async (request, signal) => {
      const staged = await inner.stage(request, signal);
      const digest = staged.digest?.bind(staged);
      return {
        ref: staged.ref,
        ...(digest === undefined ? {} : { digest }),
        write: (chunk) => staged.write(chunk),
        verify: (expected) => staged.verify(expected),
        publish: (manifest) => staged.publish(manifest),
        abort: () => staged.abort(),
        ...change(staged, request),
      };
    },
  });
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
