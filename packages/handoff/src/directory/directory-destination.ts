import { randomBytes } from "node:crypto";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  definePlugin,
  errorCode,
  type DeliveryRequest,
  type Destination,
  type DestinationAbility,
  type DestinationEntry,
  type HandoffManifest,
  type Plugin,
  type StagedDelivery,
} from "@plumbline/core";
import { checkOwner, CONTROL_FOLDER, parseDeliveryName } from "../delivery-name.ts";
import { handoffError } from "../handoff-error.ts";
import { tellingTrouble } from "../telling-trouble.ts";
import { AtomicDelivery, type DirectoryDeliverySettings, folderMode, nameTaken } from "./atomic-delivery.ts";
import { toDiskError } from "./delivery-failures.ts";
import { createStampTurn, inspectFile, readManifests, type StampTurn } from "./directory-files.ts";
import { directoryOptionsSchema, type DirectoryOptions } from "./directory-options.ts";
import { DURABLE_TEMP, makeFolders, removeIfThere } from "./durable-files.ts";
import { LinearDelivery } from "./linear-delivery.ts";
import { clearMarker, settleLinear, writeLinearRecord } from "./linear-record.ts";
import { type DirectoryPlaces, freeBytesAt, lacks, makePlaces, placesOf, probe } from "./probe.ts";

/** What stands behind a name when `publish: marker` has published it. */
export const MARKER_ENDING = ".ready";

/** What a staging ends with: a part holds the content itself, the other tells of the file that is being written under its final name. */
const PART = ".part";
const LINEAR = ".linear";

/** `use: "@plumbline/handoff/directory"`: publishes in a folder of this machine, or of a mount. Paths start from the config's folder. */
export const directory: Plugin<"destination", DirectoryOptions> = definePlugin({
  id: "@plumbline/handoff/directory",
  kind: "destination",
  apiVersion: 1,
  options: directoryOptionsSchema,
  create: (options, { baseDir }) =>
    createDirectoryDestination({
      ...options,
      path: resolve(baseDir, options.path),
      control: options.control === undefined ? undefined : resolve(baseDir, options.control),
    }),
});

/** A destination in a folder; see {@link DirectoryOptions}. */
export function createDirectoryDestination(
  options: Pick<DirectoryOptions, "path"> & Partial<DirectoryOptions>,
): Destination {
  return new DirectoryDestination({
    path: resolve(options.path),
    control: resolve(options.control ?? join(options.path, CONTROL_FOLDER)),
    publish: options.publish ?? "atomic",
    verify: options.verify ?? "read-back",
    mode: options.mode ?? 0o600,
  });
}

class DirectoryDestination implements Destination {
  readonly #options: DirectoryOptions;
  readonly #places: DirectoryPlaces;
  readonly #underWay = new Map<string, StagedDelivery | undefined>();
  #turn: StampTurn | undefined;

  constructor(options: DirectoryOptions & { readonly control: string }) {
    this.#options = options;
    this.#places = placesOf(options.path, options.control);
  }

  get identity(): string {
    return `folder:${this.#places.root}`;
  }

  async start(): Promise<DestinationAbility> {
    const { publish, verify } = this.#options;
    await makePlaces(this.#places, folderMode(this.#options.mode));
    const { hasLinks, hasRename, clockAheadMs } = await probe(this.#places);
    if (publish === "atomic" && !hasRename) {
      throw lacks("files cannot be renamed from the staging folder into it: is it another file system or mount?");
    }
    this.#turn = createStampTurn(clockAheadMs);
    const exclusive = hasLinks || publish !== "atomic";
    return {
      publish,
      verification: verify,
      durable: true,
      overwrite: [
        ...(exclusive ? (["never", "same"] as const) : []),
        ...(publish === "atomic" ? (["replace"] as const) : []),
      ],
      freeBytes: await freeBytesAt(this.#places.staging),
    };
  }

  async stage(request: DeliveryRequest, signal: AbortSignal): Promise<StagedDelivery> {
    const parts = parseDeliveryName(request.name);
    const owner = checkOwner(request.owner);
    const turn = this.#turn;
    if (turn === undefined) throw handoffError("PLB_HANDOFF_ORDER", { message: "The destination was not started." });
    signal.throwIfAborted();
    await this.#expectRoom(request);
    const isAtomic = this.#options.publish === "atomic";
    const fileName = `${owner}.${randomBytes(8).toString("hex")}${isAtomic ? PART : LINEAR}`;
    const ref = join(this.#places.staging, fileName);
    const settings: DirectoryDeliverySettings = {
      places: this.#places,
      request,
      parts,
      signal,
      turn,
      mode: this.#options.mode,
      verify: this.#options.verify,
      ended: () => this.#underWay.delete(ref),
    };
    this.#underWay.set(ref, undefined); // from before it exists, so that no `reap` takes it for a leftover
    try {
      const staged = isAtomic ? await atomic(settings, ref) : await this.#linear(settings, ref);
      this.#underWay.set(ref, staged);
      return tellingTrouble(staged, toDiskError);
    } catch (error) {
      settings.ended();
      throw toDiskError(error);
    }
  }

  async inspect(name: string, options: { readonly hash?: boolean } = {}): Promise<DestinationEntry | undefined> {
    return inspectFile(this.#places.root, name, options.hash ?? false);
  }

  manifests(): AsyncIterable<HandoffManifest> {
    return readManifests(this.#places.manifests);
  }

  async reap(owner: string): Promise<number> {
    const prefix = `${checkOwner(owner)}.`;
    let count = 0;
    for (const fileName of await readdir(this.#places.staging)) {
      const path = join(this.#places.staging, fileName);
      if (!fileName.startsWith(prefix) || this.#underWay.has(path)) continue;
      // A manifest that is just being written belongs to what is under way.
      if (fileName.endsWith(DURABLE_TEMP) && this.#underWay.size > 0) continue;
      if (await (fileName.endsWith(LINEAR) ? this.#settle(path) : removeIfThere(path))) count += 1;
    }
    return count;
  }

  /** What must not be read over there cannot be told to be whole or not: it stays, with its record, and holds up nothing else. */
  async #settle(record: string): Promise<boolean> {
    try {
      return await settleLinear(this.#places, record, this.#markerEnding());
    } catch (error) {
      if (errorCode(error) === "EACCES" || errorCode(error) === "EPERM") return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    const aborts = await Promise.allSettled(Array.from(this.#underWay.values(), async (staged) => staged?.abort()));
    for (const abort of aborts) if (abort.status === "rejected") throw abort.reason;
  }

  async #linear(settings: DirectoryDeliverySettings, record: string): Promise<LinearDelivery> {
    const { request, parts, mode } = settings;
    if (request.overwrite === "replace") {
      throw lacks("what is written under its final name cannot replace another file in one step");
    }
    const markerEnding = this.#markerEnding();
    parseDeliveryName(request.name + markerEnding);
    const folder = await makeFolders(this.#places.root, parts.slice(0, -1), folderMode(mode));
    const path = join(folder, parts.at(-1) ?? "");
    const handle = (await clearMarker(path, markerEnding)) ? await openNew(path, mode) : undefined;
    if (handle === undefined && request.overwrite === "never") throw nameTaken(request.name);
    if (handle !== undefined) await recordOrRemove(record, request, path, handle);
    return new LinearDelivery(settings, { path, record, markerEnding, handle });
  }

  #markerEnding(): string {
    return this.#options.publish === "marker" ? MARKER_ENDING : "";
  }

  async #expectRoom({ name, size }: DeliveryRequest): Promise<void> {
    const free = size === undefined ? undefined : await freeBytesAt(this.#places.staging);
    if (size === undefined || free === undefined || size <= free) return;
    throw handoffError("PLB_HANDOFF_NO_SPACE", {
      message: `${name} has ${size} bytes, and there is room for ${free}.`,
      details: { name, size, free },
    });
  }
}

async function atomic(settings: DirectoryDeliverySettings, ref: string): Promise<AtomicDelivery> {
  return new AtomicDelivery(settings, ref, await createFile(ref, settings.mode));
}

/** `undefined` where something stands there. */
async function openNew(path: string, mode: number): Promise<FileHandle | undefined> {
  try {
    return await createFile(path, mode);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return undefined;
    throw error;
  }
}

/** A new file with its permission bits, whatever the process's mask is. Of a failure nothing is left. */
async function createFile(path: string, mode: number): Promise<FileHandle> {
  const handle = await open(path, "wx+", 0o600);
  try {
    await handle.chmod(mode);
    return handle;
  } catch (error) {
    await handle.close();
    await removeIfThere(path);
    throw error;
  }
}

async function recordOrRemove(
  record: string,
  request: DeliveryRequest,
  path: string,
  handle: FileHandle,
): Promise<void> {
  try {
    await writeLinearRecord(record, request, path);
  } catch (error) {
    // Nobody would know that it is ours.
    await handle.close();
    await removeIfThere(path);
    await removeIfThere(record);
    throw error;
  }
}
