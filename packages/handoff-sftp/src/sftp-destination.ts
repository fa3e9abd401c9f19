import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import {
  definePlugin,
  type DeliveryRequest,
  type Destination,
  type DestinationAbility,
  type DestinationEntry,
  type HandoffManifest,
  type OverwriteRule,
  type Plugin,
  RetryableError,
  type StagedDelivery,
} from "@plumbline/core";
import { checkOwner, CONTROL_FOLDER, handoffError, MARKER_ENDING, parseDeliveryName } from "@plumbline/handoff";
import { AtomicDelivery } from "./atomic-delivery.ts";
import { connect, type ConnectContext } from "./connect.ts";
import { folderMode, nameTaken, type SftpDeliverySettings, toSpaceError } from "./delivery-settings.ts";
import {
  type FarSetting,
  inspectFar,
  makeFarFolders,
  openNewFar,
  readFarManifests,
  removeFar,
  TEMP_ENDING,
} from "./far-files.ts";
import { type FarAbilities, type FarPlaces, farPlacesOf } from "./far-side.ts";
import { LinearDelivery } from "./linear-delivery.ts";
import { clearMarker, LINEAR_ENDING, recordsOf, settleLinear, writeLinearRecord } from "./linear-records.ts";
import { freeFar, lacks, makeFarPlaces, probeFar } from "./probe.ts";
import { findServerDigest, type ServerDigest } from "./server-digest.ts";
import { FAILURE, refusal, sftpError, statusOf, toTrouble } from "./sftp-error.ts";
import { type SftpOptions, sftpOptionsSchema, type SftpSettings } from "./sftp-options.ts";
import type { SftpSession } from "./sftp-session.ts";
import { createFarTurn, type FarTurn } from "./stamp.ts";

const PART_ENDING = ".part";

/** `use: "@plumbline/handoff-sftp"`: publishes in a folder of an SFTP server. Paths of this machine start from the config's folder. */
export const sftp: Plugin<"destination", SftpOptions> = definePlugin({
  id: "@plumbline/handoff-sftp",
  kind: "destination",
  apiVersion: 1,
  options: sftpOptionsSchema,
  create: (options, context) => new SftpDestination(options, context),
});

/**
 * A destination on an SFTP server; see {@link SftpOptions}. Rejects with `PLB_SFTP_OPTIONS_INVALID`. Nothing is connected before `start`; a connection that was lost is
 * made again by the next call that needs one. Its methods may be called side by side, over one connection.
 */
export async function createSftpDestination(settings: SftpSettings, context: ConnectContext): Promise<Destination> {
  const result = await sftpOptionsSchema["~standard"].validate(settings);
  if (!result.issues) return new SftpDestination(result.value, context);
  const listed = result.issues.map(({ path = [], message }) => [...path.map(String), message].join(": "));
  throw sftpError("PLB_SFTP_OPTIONS_INVALID", {
    message: `The options of the SFTP destination do not fit: ${listed.join("; ")}.`,
  });
}

/** What `start` has found. */
interface Started {
  readonly abilities: FarAbilities;
  readonly overwrite: readonly OverwriteRule[];
  readonly turn: FarTurn;
  readonly serverDigest: ServerDigest | undefined;
}

class SftpDestination implements Destination {
  readonly #options: SftpOptions;
  readonly #context: ConnectContext;
  readonly #places: FarPlaces;
  readonly #underWay = new Map<string, StagedDelivery | undefined>();
  /** Owners of whom something was left when a connection was lost. */
  readonly #left = new Set<string>();
  #started: Started | undefined;
  #session: Promise<SftpSession> | undefined;
  #isWatching = false;
  readonly #closed = new AbortController();
  readonly #nowMs: () => number;

  constructor(options: SftpOptions, context: ConnectContext) {
    this.#options = options;
    this.#context = context;
    this.#places = farPlacesOf(options.path, options.control ?? posix.join(options.path, CONTROL_FOLDER));
    this.#nowMs = () => context.clock.nowMicros() / 1000;
  }

  /** A relative path starts where the server puts the user. */
  get identity(): string {
    const { username, host, port, path } = this.#options;
    return `sftp:${username}@${host}:${port}:${path}`;
  }

  async start(): Promise<DestinationAbility> {
    const { publish, verify } = this.#options;
    const session = await this.#connected();
    await makeFarPlaces(session, this.#places, folderMode(this.#options.mode));
    const abilities = await probeFar(session, this.#places, this.#options, this.#nowMs);
    const exclusive = abilities.links || publish !== "atomic";
    const overwrite: readonly OverwriteRule[] = [
      ...(exclusive ? (["never", "same"] as const) : []),
      ...(publish === "atomic" && abilities.renames ? (["replace"] as const) : []),
    ];
    const serverDigest = verify === "server" ? await findServerDigest(session, this.#places) : undefined;
    this.#started = { abilities, overwrite, turn: createFarTurn(abilities, this.#nowMs), serverDigest };
    const durable = abilities.syncs && abilities.syncsFolders;
    return { publish, verification: verify, durable, overwrite, freeBytes: abilities.freeBytes };
  }

  async stage(request: DeliveryRequest, signal: AbortSignal): Promise<StagedDelivery> {
    const parts = parseDeliveryName(request.name);
    const owner = checkOwner(request.owner);
    const { turn, overwrite, serverDigest } = this.#expectStarted();
    signal.throwIfAborted();
    if (!overwrite.includes(request.overwrite)) {
      throw lacks(`it cannot publish with overwrite: ${request.overwrite}, only ${overwrite.join(", ")}`);
    }
    const setting = await this.#setting();
    if (this.#left.delete(owner)) await this.#reapLeft(owner);
    await this.#expectRoom(setting.session, request);
    const isAtomic = this.#options.publish === "atomic";
    const ending = isAtomic ? PART_ENDING : LINEAR_ENDING;
    const ref = posix.join(this.#places.staging, `${owner}.${randomBytes(8).toString("hex")}${ending}`);
    const { verify, windowBytes } = this.#options;
    const ended = (isCleared: boolean): void => {
      this.#underWay.delete(ref);
      if (!isCleared) this.#left.add(owner);
    };
    const settings: SftpDeliverySettings = {
      ...setting,
      request,
      parts,
      signal,
      turn,
      verify,
      serverDigest,
      windowBytes,
      ended,
    };
    this.#underWay.set(ref, undefined); // from before it exists, so that no `reap` takes it for a leftover
    try {
      const staged = isAtomic ? await stageAtomic(settings, ref) : await this.#stageLinear(settings, ref);
      this.#underWay.set(ref, staged);
      return staged;
    } catch (error) {
      ended(false); // its answer may have been lost
      throw error;
    }
  }

  async inspect(name: string, options: { readonly hash?: boolean } = {}): Promise<DestinationEntry | undefined> {
    parseDeliveryName(name);
    return inspectFar(await this.#connected(), this.#places.root, name, options.hash ?? false);
  }

  async *manifests(): AsyncIterable<HandoffManifest> {
    yield* readFarManifests(await this.#connected(), this.#places.manifests);
  }

  async reap(owner: string): Promise<number> {
    const prefix = `${checkOwner(owner)}.`;
    const setting = await this.#setting();
    let count = 0;
    for (const fileName of await setting.session.list(this.#places.staging)) {
      const path = posix.join(this.#places.staging, fileName);
      const ref = path.endsWith(TEMP_ENDING) ? path.slice(0, -TEMP_ENDING.length) : path;
      if (!fileName.startsWith(prefix) || this.#underWay.has(ref)) continue;
      try {
        if (fileName.endsWith(LINEAR_ENDING)) await settleLinear(setting, path, this.#markerEnding());
        else await removeFar(setting.session, path);
        count += 1;
      } catch (error) {
        // What is refused, to be read or to be removed, stays for the next time, and holds up nothing else.
        if (statusOf(error) === undefined) throw error;
      }
    }
    return count;
  }

  /** What is under way is taken away side by side; all of it together has as long as one answer has. What was not by then, `reap` finds; a refusal is told. */
  async close(): Promise<void> {
    this.#closed.abort();
    const session = await this.#session?.catch(() => undefined); // whoever asked for it has been told
    const tooLate = (): void => session?.destroy("closing took too long");
    const timer = this.#context.clock.setTimer(tooLate, this.#options.replyTimeoutMs);
    const aborts = await Promise.allSettled(Array.from(this.#underWay.values(), async (staged) => staged?.abort()));
    timer.cancel();
    this.#session = undefined;
    await session?.end();
    const reasons = aborts.flatMap((abort): unknown[] => (abort.status === "rejected" ? [abort.reason] : []));
    for (const reason of reasons) if (!RetryableError.isInstance(reason)) throw reason;
  }

  async #stageLinear(settings: SftpDeliverySettings, record: string): Promise<LinearDelivery> {
    const { session, request, parts, mode, places, abilities } = settings;
    const ending = this.#markerEnding();
    parseDeliveryName(request.name + ending);
    const folder = await makeFarFolders(session, places.root, parts.slice(0, -1), folderMode(mode), abilities);
    const path = posix.join(folder, parts.at(-1) ?? "");
    // First of all: a record tells of a name, not of a file, and would speak of the one that is to be made.
    const isUnderWay = (left: string): boolean => this.#underWay.has(left);
    for (const left of await recordsOf(settings, request.owner, request.name, isUnderWay)) {
      await settleLinear(settings, left, ending);
    }
    const handle = (await clearMarker(settings, path, ending)) ? await openNewFar(session, path, mode) : undefined;
    if (handle === undefined && request.overwrite === "never") throw nameTaken(request.name);
    if (handle !== undefined) await writeLinearRecord(settings, record, path, handle);
    return new LinearDelivery(settings, { path, record, marker: ending === "" ? undefined : path + ending, handle });
  }

  async #expectRoom(session: SftpSession, { name, size = 0 }: DeliveryRequest): Promise<void> {
    const free = await freeFar(session, this.#places.staging);
    if (free === undefined || size + this.#options.minFreeBytes <= free) return;
    throw handoffError("PLB_HANDOFF_NO_SPACE", {
      message: `${name} has ${size} bytes, ${this.#options.minFreeBytes} must stay free, and ${free} are.`,
      details: { name, size, free },
    });
  }

  async #reapLeft(owner: string): Promise<void> {
    try {
      await this.reap(owner);
    } catch (error) {
      this.#left.add(owner);
      throw error;
    }
  }

  #markerEnding(): string {
    return this.#options.publish === "marker" ? MARKER_ENDING : "";
  }

  async #setting(): Promise<FarSetting> {
    const { abilities } = this.#expectStarted();
    return { session: await this.#connected(), places: this.#places, abilities, mode: this.#options.mode };
  }

  #expectStarted(): Started {
    if (this.#started !== undefined) return this.#started;
    throw handoffError("PLB_HANDOFF_ORDER", { message: "The destination was not started." });
  }

  /** The connection, made again where it was lost; who asks at the same time gets the same one. */
  async #connected(): Promise<SftpSession> {
    const before = this.#session;
    if (before !== undefined) {
      const session = await before.catch(() => undefined); // a failure was told to who asked; this is another try
      if (session?.isOpen === true) return session;
      if (this.#session !== before) return this.#connected(); // somebody else was quicker
    }
    const connecting = this.#connect();
    this.#session = connecting;
    return connecting;
  }

  async #connect(): Promise<SftpSession> {
    if (this.#closed.signal.aborted) throw handoffError("PLB_HANDOFF_ORDER", { message: "The destination is closed." });
    if (!this.#isWatching) this.#context.signal.addEventListener("abort", () => void this.#giveUp(), { once: true });
    this.#isWatching = true;
    try {
      const signal = AbortSignal.any([this.#context.signal, this.#closed.signal]); // who is silent holds up no close
      return await connect(this.#options, { ...this.#context, signal });
    } catch (error) {
      // At the start it is for whoever wrote the options; later it is the destination's trouble, and no single file's.
      throw this.#started === undefined ? error : toTrouble(error);
    }
  }

  /** The deadline of `close` has passed. */
  async #giveUp(): Promise<void> {
    const session = await this.#session?.catch(() => undefined); // nothing to give up then
    session?.destroy("the deadline of closing has passed");
  }
}

async function stageAtomic(settings: SftpDeliverySettings, ref: string): Promise<AtomicDelivery> {
  try {
    const handle = await openNewFar(settings.session, ref, settings.mode);
    if (handle === undefined) throw refusal("create", ref, FAILURE);
    return new AtomicDelivery(settings, ref, handle);
  } catch (error) {
    // A name of our own in a folder of our own, which could be written at the start: it is no single file's trouble.
    const known = await toSpaceError(error, settings);
    throw statusOf(known) === undefined ? known : toTrouble(known);
  }
}
