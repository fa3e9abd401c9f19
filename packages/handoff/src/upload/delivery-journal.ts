import { createReadStream } from "node:fs";
import { open, rename, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
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
/** Past this the oldest are forgotten: what they delivered is found at the destination again, and counts as delivered by its content. */
const MAX_KEPT = 500_000;

/**
 * What an uploader has begun and ended, on disk before it goes on: a line a step, appended and synced. A torn last line was never acted upon. Steps that come at
 * the same time share a sync.
 */
export class DeliveryJournal {
  readonly #path: string;
  readonly #states: Map<string, DeliveryState>;
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  #flush: Promise<void> = Promise.resolve();

  private constructor(path: string, states: Map<string, DeliveryState>, handle: FileHandle) {
    this.#path = path;
    this.#states = states;
    this.#handle = handle;
  }

  /** Reads what an earlier run has left, and writes it anew without what is over. The folder must be locked. */
  static async open(folder: string): Promise<DeliveryJournal> {
    const path = join(folder, FILE_NAME);
    try {
      const states = await readDeliveries(folder);
      for (const [key, { kind }] of states) {
        // A restart is another try for what was set aside.
        if (kind === "aside" || states.size > MAX_KEPT) states.delete(key);
      }
      return new DeliveryJournal(path, states, await rewrite(path, states));
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

  /** Resolves when the step is on disk. Rejects with `PLB_HANDOFF_JOURNAL_FAILED`. */
  async record(key: string, state: DeliveryState): Promise<void> {
    this.#states.set(key, state);
    const entry: Entry = [key, state];
    this.#waiting.push(`${JSON.stringify(entry)}\n`);
    // What is being synced may not hold this one: it goes with the next.
    const mine = this.#flush.then(async () => this.#write());
    this.#flush = mine.catch(() => undefined);
    await mine;
  }

  async close(): Promise<void> {
    await this.#flush;
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    try {
      const text = this.#waiting.join("");
      this.#waiting = [];
      if (text === "") return;
      await this.#handle.appendFile(text);
      await this.#handle.sync();
    } catch (cause) {
      throw journalFailed(this.#path, cause);
    }
  }
}

/** How each delivery stands, by the item's key, from the file in a state folder; for looking too, while an uploader runs. */
export async function readDeliveries(folder: string): Promise<Map<string, DeliveryState>> {
  const states = new Map<string, DeliveryState>();
  const lines = createInterface({
    input: createReadStream(join(folder, FILE_NAME)),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  try {
    for await (const line of lines) {
      const entry = parseEntry(line);
      if (entry === undefined) continue;
      states.delete(entry[0]); // the newest comes last
      states.set(...entry);
    }
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  return states;
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
      text += `${JSON.stringify(entry)}\n`;
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
