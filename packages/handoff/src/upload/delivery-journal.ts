import { open, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, type HandoffManifest, type VerificationLevel } from "@plumbline/core";
import { removeIfThere, syncFolder } from "../directory/durable-files.ts";
import { handoffError } from "../handoff-error.ts";
import { parseManifest } from "../manifest.ts";

/** How a delivery stands. */
export type DeliveryState =
  /** The publish may have been sent: whether it arrived must be looked up. `verified`: how the staged content was, before. */
  | { readonly kind: "publishing"; readonly manifest: HandoffManifest; readonly verified: VerificationLevel }
  | { readonly kind: "delivered"; readonly manifest: HandoffManifest; readonly verified: VerificationLevel }
  | { readonly kind: "aside"; readonly name: string; readonly code: string };

/** One record: the key of an item, and how it stands from here on. */
type Entry = readonly [key: string, state: DeliveryState];

const LEVELS: readonly VerificationLevel[] = ["read-back", "server", "size"];
const KINDS = ["publishing", "delivered"] as const;
const FILE_NAME = "deliveries.jsonl";
/** Past this the oldest that are delivered are forgotten: what they delivered is found at the destination again, and counts as delivered by its content. */
const MAX_KEPT = 500_000;
/** So many are kept beyond it while it runs, as a share, so that the oldest are looked for seldom. */
const SLACK = 0.1;

/**
 * What an uploader has begun and ended, on disk before it goes on: a line a step, appended and synced. A torn last line was never acted upon. Steps that come at
 * the same time share a write; when one fails, they all do, and every later one: what stands at the end of the file is not known then.
 */
export class DeliveryJournal {
  readonly #path: string;
  readonly #mostKept: number;
  readonly #states = new Map<string, DeliveryState>();
  #handle: FileHandle;
  #delivered = 0;
  #lines: number;
  #waiting: Entry[] = [];
  #flush: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(path: string, states: Iterable<Entry>, handle: FileHandle, mostKept: number) {
    this.#path = path;
    this.#mostKept = mostKept;
    this.#handle = handle;
    for (const [key, state] of states) this.#set(key, state);
    this.#lines = this.#states.size;
  }

  /** Reads what an earlier run has left, and writes it anew without what is over. The folder must be locked. */
  static async open(folder: string, mostKept: number = MAX_KEPT): Promise<DeliveryJournal> {
    const path = join(folder, FILE_NAME);
    try {
      const states = await readDeliveries(folder);
      // A restart is another try for what was set aside.
      for (const [key, { kind }] of states) if (kind === "aside") states.delete(key);
      forgetOldest(states, mostKept);
      return new DeliveryJournal(path, states, await rewrite(path, states), mostKept);
    } catch (cause) {
      throw journalFailed(path, cause);
    }
  }

  get(key: string): DeliveryState | undefined {
    return this.#states.get(key);
  }

  entries(): IterableIterator<[string, DeliveryState]> {
    return this.#states.entries();
  }

  /** Resolves when the step is on disk. Rejects with `PLB_HANDOFF_JOURNAL_FAILED`, and from then on always. */
  async record(key: string, state: DeliveryState): Promise<void> {
    this.#waiting.push([key, state]);
    // What is being synced may not hold this one: it goes with the next.
    const mine = this.#flush.then(async () => this.#write());
    this.#flush = mine.catch(() => undefined);
    await mine;
  }

  /** Takes out what was never delivered, and resolves when that is on disk. Rejects as {@link record} does. */
  async forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const mine = this.#flush.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      for (const key of keys) if (this.#states.get(key)?.kind !== "delivered") this.#states.delete(key);
      try {
        await this.#rewrite();
      } catch (cause) {
        this.#failure = journalFailed(this.#path, cause);
        throw this.#failure;
      }
    });
    this.#flush = mine.catch(() => undefined);
    await mine;
  }

  /** Whatever is recorded after is refused: the file may be another's by then. */
  async close(): Promise<void> {
    await this.#flush;
    this.#failure ??= journalFailed(this.#path, handoffError("PLB_HANDOFF_ORDER", { message: "It is closed." }));
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const entries = this.#waiting;
    this.#waiting = [];
    if (entries.length === 0) return; // an earlier one has taken this one along
    try {
      await this.#handle.appendFile(entries.map(lineOf).join(""));
      await this.#handle.sync();
      for (const [key, state] of entries) this.#set(key, state);
      this.#lines += entries.length;
      await this.#shrink();
    } catch (cause) {
      this.#failure = journalFailed(this.#path, cause);
      throw this.#failure;
    }
  }

  #set(key: string, state: DeliveryState): void {
    if (this.#states.get(key)?.kind === "delivered") this.#delivered -= 1;
    if (state.kind === "delivered") this.#delivered += 1;
    this.#states.delete(key); // the newest comes last
    this.#states.set(key, state);
  }

  async #shrink(): Promise<void> {
    if (this.#delivered > this.#mostKept * (1 + SLACK)) {
      forgetOldest(this.#states, this.#mostKept);
      this.#delivered = this.#mostKept;
    }
    if (this.#lines > 2 * Math.max(this.#mostKept, this.#states.size)) await this.#rewrite();
  }

  async #rewrite(): Promise<void> {
    const before = this.#handle;
    this.#handle = await rewrite(this.#path, this.#states);
    this.#lines = this.#states.size;
    await before.close();
  }
}

/** Takes the oldest out that are delivered; what may have been sent must be looked up, however old. */
function forgetOldest(states: Map<string, DeliveryState>, mostKept: number): void {
  let over = -mostKept;
  for (const { kind } of states.values()) if (kind === "delivered") over += 1;
  for (const [key, { kind }] of states) {
    if (over <= 0) return;
    if (kind !== "delivered") continue;
    states.delete(key);
    over -= 1;
  }
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** How each delivery stands, by the item's key, from the file in a state folder; for looking too, while an uploader runs. */
export async function readDeliveries(folder: string): Promise<Map<string, DeliveryState>> {
  const states = new Map<string, DeliveryState>();
  const handle = await openIfThere(join(folder, FILE_NAME));
  if (handle === undefined) return states;
  try {
    for await (const line of handle.readLines({ autoClose: false })) {
      const entry = parseEntry(line);
      if (entry === undefined) continue;
      states.delete(entry[0]); // the newest comes last
      states.set(...entry);
    }
  } finally {
    await handle.close();
  }
  return states;
}

/** Asked first: what reads lines takes milliseconds to be loaded, and a first start has none. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** `undefined` for a line that was cut off: what it says was not done. */
function parseEntry(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value) || typeof value[0] !== "string" || typeof value[1] !== "object") return undefined;
    const [key, state] = value as [string, Readonly<Record<string, unknown>>];
    if (state["kind"] === "aside")
      return [key, { kind: "aside", name: String(state["name"]), code: String(state["code"]) }];
    const manifest = parseManifest(JSON.stringify(state["manifest"]));
    // Where it was not noted, the least is claimed.
    const verified = LEVELS.find((level) => level === state["verified"]) ?? "size";
    const kind = KINDS.find((each) => each === state["kind"]);
    return kind === undefined ? undefined : [key, { kind, manifest, verified }];
  } catch {
    return undefined; // half a line
  }
}

async function rewrite(path: string, states: ReadonlyMap<string, DeliveryState>): Promise<FileHandle> {
  const temp = `${path}.tmp`;
  await removeIfThere(temp);
  const handle = await open(temp, "ax", 0o600);
  try {
    let text = "";
    for (const entry of states) {
      text += lineOf(entry);
      if (text.length < 1_000_000) continue;
      await handle.appendFile(text);
      text = "";
    }
    await handle.appendFile(text);
    await handle.sync();
    await rename(temp, path);
    await syncFolder(dirname(path));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function journalFailed(path: string, cause: unknown): Error {
  return handoffError("PLB_HANDOFF_JOURNAL_FAILED", {
    message: `${path} could not be read or written (${errorCode(cause)}).`,
    cause,
    details: { path },
  });
}
