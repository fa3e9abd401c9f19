import { createHash } from "node:crypto";
import { errorCode, type Clock } from "@plumbline/core";
import { isSameIdentity, type FileIdentity, type FileSystem } from "./file-system.ts";
import type { SeenFile, Sighting } from "./sighting.ts";

/** What a file holds. */
export type Content =
  | { readonly kind: "read"; readonly content: Buffer; readonly sha256: string }
  | { readonly kind: "absent" }
  /** A system code, or `EFBIG`. It is tried again at each look. */
  | { readonly kind: "failed"; readonly code: string };

interface Entry {
  readonly identity: FileIdentity;
  readonly content: Buffer;
  readonly sha256: string;
  readonly firstReadMs: number;
  /** Whether it was read again when any later write must have shown in the identity. */
  readonly isProven: boolean;
}

/**
 * A write within one tick of the file system's clock after the look shows in nothing that can be looked at: ticks are up to 10 ms on Linux, a second on
 * older file systems, and two on FAT. So what was read is read again until it has stood for longer than that.
 */
const PROVEN_AFTER_MS = 2100;

/** What the files hold, read as rarely as their identities let it. */
export class ContentCache {
  readonly #fileSystem: FileSystem;
  readonly #clock: Clock;
  readonly #maxFileBytes: number;
  readonly #entries = new Map<string, Entry>();
  #failed = new Set<string>();
  #reads = 0;

  constructor(fileSystem: FileSystem, clock: Clock, maxFileBytes: number) {
    this.#fileSystem = fileSystem;
    this.#clock = clock;
    this.#maxFileBytes = maxFileBytes;
  }

  get reads(): number {
    return this.#reads;
  }

  /** What all files of a sighting hold; `undefined` when one has changed since, or while it was read. */
  async readAll(sighting: Sighting): Promise<ReadonlyMap<string, Content> | undefined> {
    const contents = new Map<string, Content>();
    const failed = new Set<string>();
    for (const [path, seen] of sighting.files) {
      const content = await this.#read(path, seen);
      if (content === undefined) return undefined;
      if (content.kind === "failed") failed.add(path);
      contents.set(path, content);
    }
    this.#failed = failed;
    for (const path of this.#entries.keys()) if (!sighting.files.has(path)) this.#entries.delete(path);
    return contents;
  }

  /**
   * Reads again what is not proven yet. False when one holds something else than before, though its identity is the same, or when one that
   * could not be read can be.
   */
  async isAsRead(sighting: Sighting): Promise<boolean> {
    for (const [path, { sight }] of sighting.files) {
      const entry = this.#entries.get(path);
      if (sight.kind !== "there") continue;
      if (entry === undefined) {
        if (this.#failed.has(path) && (await this.#readNow(path, sight.identity)) !== "failed") return false;
        continue;
      }
      if (entry.isProven) continue;
      const again = await this.#readNow(path, sight.identity);
      if (typeof again === "string" || again.sha256 !== entry.sha256) {
        this.#entries.delete(path);
        return false;
      }
      const isProven = this.#clock.monotonicMs() - entry.firstReadMs >= PROVEN_AFTER_MS;
      this.#entries.set(path, { ...entry, isProven });
    }
    return true;
  }

  /** Content of one file as it stands; `undefined` when it changed while it was read. */
  async #read(path: string, { sight }: SeenFile): Promise<Content | undefined> {
    if (sight.kind === "missing") return { kind: "absent" };
    if (sight.kind === "failed") return sight;
    const { identity } = sight;
    const entry = this.#entries.get(path);
    if (entry !== undefined && isSameIdentity(entry.identity, identity) && entry.isProven) {
      return { kind: "read", content: entry.content, sha256: entry.sha256 };
    }
    if (identity.size > BigInt(this.#maxFileBytes)) return { kind: "failed", code: "EFBIG" };
    let read: Entry | "torn" | "failed";
    try {
      read = await this.#readNow(path, identity, "throw");
    } catch (error) {
      this.#entries.delete(path);
      const code = errorCode(error);
      // Gone since it was seen: that is a change, not a failure.
      return code === "ENOENT" || code === "ENOTDIR" ? undefined : { kind: "failed", code };
    }
    if (typeof read === "string") return undefined;
    const isSame = entry?.sha256 === read.sha256 && isSameIdentity(entry.identity, identity);
    this.#entries.set(path, isSame ? entry : read);
    if (read.content.length > this.#maxFileBytes) return { kind: "failed", code: "EFBIG" };
    return { kind: "read", content: read.content, sha256: read.sha256 };
  }

  async #readNow(
    path: string,
    identity: FileIdentity,
    onFailure: "say" | "throw" = "say",
  ): Promise<Entry | "torn" | "failed"> {
    this.#reads++;
    try {
      const { content, before, after } = await this.#fileSystem.read(path, this.#maxFileBytes);
      if (!isSameIdentity(before, identity) || !isSameIdentity(after, identity)) return "torn";
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { identity, content, sha256, firstReadMs: this.#clock.monotonicMs(), isProven: false };
    } catch (error) {
      if (onFailure === "throw") throw error;
      return "failed";
    }
  }
}
