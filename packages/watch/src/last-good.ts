import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorCode } from "@plumbline/core";
import type { WatchedFile } from "./generation.ts";
import type { WatchOptions } from "./watch-options.ts";
import { writeFileAtomic } from "./write-file-atomic.ts";

/** The content of a config that was in force, as it stood on disk. */
export interface LastGood {
  readonly watched: readonly WatchedFile[];
  readonly included: readonly WatchedFile[];
}

/** What reading the copy gave. `missing` is no fault; `unusable` says why it is not trusted. */
export type LastGoodRead =
  | { readonly kind: "read"; readonly lastGood: LastGood }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly code: string; readonly message: string };

const FORMAT = "plumbline last good config, version 1";

interface KeptFile {
  readonly path: string;
  readonly directory: string | null;
  readonly isIncluded: boolean;
  readonly sha256: string | null;
  /** Base64: content need not be text. */
  readonly content: string | null;
}

interface Kept {
  readonly format: typeof FORMAT;
  readonly savedAt: string;
  /** Paths that were watched: the copy is no config of another set. */
  readonly watching: readonly string[];
  readonly files: readonly KeptFile[];
  /** SHA-256 over `watching` and `files`. */
  readonly checksum: string;
}

/** The file with the copy of what was applied last. Its own form, since a config may be of several files. */
export class LastGoodStore {
  readonly #path: string;
  readonly #watching: readonly string[];

  constructor(path: string, options: Pick<WatchOptions, "files" | "directories">) {
    this.#path = resolve(path);
    const { files = [], directories = [] } = options;
    this.#watching = [...files, ...directories].map((each) => resolve(typeof each === "string" ? each : each.path));
  }

  /** Replaces the copy. Rejects with `PLB_WATCH_WRITE_FAILED`, or as `mkdir` does. */
  async save({ watched, included }: LastGood, atMs: number): Promise<void> {
    const files = [...watched, ...included].map(keep);
    const kept: Kept = {
      format: FORMAT,
      savedAt: new Date(atMs).toISOString(),
      watching: this.#watching,
      files,
      checksum: checksumOf(this.#watching, files),
    };
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#path, `${JSON.stringify(kept, undefined, 1)}\n`, { mode: 0o600 });
  }

  /** Never rejects. */
  async read(): Promise<LastGoodRead> {
    try {
      const handle = await open(this.#path, "r");
      try {
        if (!isOwn(await handle.stat())) return unusable("EPERM", "another user owns it or may write to it");
        return this.#parse(await handle.readFile("utf8"));
      } finally {
        await handle.close();
      }
    } catch (error) {
      const code = errorCode(error);
      return code === "ENOENT" ? { kind: "missing" } : unusable(code, "it cannot be read");
    }
  }

  #parse(text: string): LastGoodRead {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return unusable("SyntaxError", "it is not whole"); // without the cause: its message quotes the text
    }
    if (!isKept(value)) return unusable("TypeError", "it is of another form");
    if (checksumOf(value.watching, value.files) !== value.checksum) return unusable("EILSEQ", "its checksum differs");
    if (JSON.stringify(value.watching) !== JSON.stringify(this.#watching)) {
      return unusable("ESTALE", "it is of other paths than are watched now");
    }
    const files = value.files.map(restore);
    const lastGood = {
      watched: files.filter(({ isIncluded }) => !isIncluded),
      included: files.filter(({ isIncluded }) => isIncluded),
    };
    return { kind: "read", lastGood };
  }
}

function unusable(code: string, why: string): LastGoodRead {
  return { kind: "unusable", code, message: `The last good copy is not used: ${why}.` };
}

/** Who may write the copy says what runs. */
function isOwn({ uid, mode }: Stats): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return true;
  return (uid === user || uid === 0) && (mode & 0o022) === 0;
}

function keep({ path, directory, isIncluded, content, sha256 }: WatchedFile): KeptFile {
  return {
    path,
    directory: directory ?? null,
    isIncluded,
    sha256: sha256 ?? null,
    content: content?.toString("base64") ?? null,
  };
}

function restore({ path, directory, isIncluded, content, sha256 }: KeptFile): WatchedFile {
  return {
    path,
    directory: directory ?? undefined,
    isIncluded,
    content: content === null ? undefined : Buffer.from(content, "base64"),
    sha256: sha256 ?? undefined,
  };
}

function checksumOf(watching: readonly string[], files: readonly KeptFile[]): string {
  const entries = files.map(({ path, directory, isIncluded, sha256, content }) => [
    path,
    directory,
    isIncluded,
    sha256,
    content,
  ]);
  return createHash("sha256")
    .update(JSON.stringify([watching, entries]))
    .digest("hex");
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { format, watching, files, checksum } = value as Partial<Record<keyof Kept, unknown>>;
  return (
    format === FORMAT &&
    typeof checksum === "string" &&
    Array.isArray(watching) &&
    watching.every((path) => typeof path === "string") &&
    Array.isArray(files) &&
    files.every(isKeptFile)
  );
}

function isKeptFile(value: unknown): value is KeptFile {
  if (typeof value !== "object" || value === null) return false;
  const { path, directory, isIncluded, sha256, content } = value as Partial<Record<keyof KeptFile, unknown>>;
  return (
    typeof path === "string" &&
    (directory === null || typeof directory === "string") &&
    typeof isIncluded === "boolean" &&
    (sha256 === null || typeof sha256 === "string") &&
    (content === null || typeof content === "string")
  );
}
